#include "server/auth/password_hash.h"
#include "server/config/domains.h"
#include "server/directory/any_account.h"
#include "server/routing/address_book_review.h"
#include "tools/postriderctl/address_book.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"

namespace postrider::ctl {

namespace {

/// Users whom the server knows and cannot let in.
std::vector<std::string> unverifiableUsers(const routing::AddressBook& book) {
    std::vector<std::string> remarks;
    for (const auto& domain : book.domains()) {
        for (const auto& user : domain.users.all()) {
            const auto reason = auth::whyUnverifiable(user.hash);
            if (reason.empty()) continue;
            remarks.push_back(user.name + "@" + domain.name.ascii() + " cannot log in: " + reason);
        }
    }
    return remarks;
}

}  // namespace

ExitCode configCheck(Context& context, const Arguments& /*arguments*/) {
    const auto opened = openAddressBook(context);
    config::ConfigProblems problems;
    if (!opened) problems = opened.error();
    const auto certificates =
        config::findCertificates(context.configDir, opened ? opened->config.hostname : "");
    problems.sentences.insert(problems.sentences.end(), certificates.problems.begin(),
                              certificates.problems.end());
    for (const auto& sentence : problems.sentences)
        context.err << sentence << "\n";
    if (!problems.sentences.empty()) return ExitCode::Config;

    // as in postrider --check: who is elsewhere is not asked whether he exists
    directory::AnyAccount anybody;
    const auto [accounts, aliases] = opened->elsewhere();
    const bool isElsewhere = accounts != nullptr || aliases != nullptr;
    const routing::Elsewhere assumed{.accounts = isElsewhere ? &anybody : nullptr};
    for (const auto& remark : routing::review(*opened->book, opened->couriers, assumed))
        context.out << "remark: " << remark << "\n";
    for (const auto& remark : unverifiableUsers(*opened->book))
        context.out << "remark: " << remark << "\n";
    context.out << "the configuration is good\n";
    return ExitCode::Ok;
}

}  // namespace postrider::ctl
