#include "common/base/text.h"
#include "common/mail/domain.h"
#include "server/auth/password_hash.h"
#include "server/config/domains.h"
#include "server/users/user_db.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postrider::ctl {

namespace {

/// What is special about how he logs in.
std::string remarkOnHash(const std::string& hash) {
    if (auth::isLocked(hash)) return "may not log in";
    const auto reason = auth::whyUnverifiable(hash);
    if (!reason.empty()) return "cannot log in: " + reason;
    const auto old = auth::outdatedScheme(hash);
    return old ? "password should be set anew: " + *old : "";
}

std::vector<std::string> remarksOnRights(const users::UserRights& rights) {
    if (rights.disabled) return {"disabled"};
    std::vector<std::string> remarks;
    if (!rights.send) remarks.emplace_back("may not send");
    if (!rights.receive) remarks.emplace_back("may not receive");
    if (rights.maxSize) remarks.push_back("at most " + std::to_string(*rights.maxSize) + " octets");
    if (rights.maxRecipients) {
        remarks.push_back("at most " + std::to_string(*rights.maxRecipients) + " recipients");
    }
    return remarks;
}

std::string remarkOn(const users::User& user) {
    auto remarks = remarksOnRights(user.rights);
    auto aboutHash = remarkOnHash(user.hash);
    if (!aboutHash.empty()) remarks.insert(remarks.begin(), std::move(aboutHash));
    return remarks.empty() ? "" : "  (" + text::join(remarks, "; ") + ")";
}

}  // namespace

ExitCode userList(Context& context, const Arguments& arguments) {
    std::optional<mail::Domain> wanted;
    if (!arguments.operands.empty()) {
        auto domain = mail::Domain::parse(arguments.operands.front());
        if (!domain) {
            return fail(context, ExitCode::BadInput,
                        "'" + arguments.operands.front() + "' is no domain name (" +
                            std::string{describe(domain.error())} + ")");
        }
        wanted = std::move(*domain);
    }
    const auto domains = config::loadDomains(context.configDir);
    if (!domains) return fail(context, ExitCode::Config, domains.error().sentences.front());

    bool found = !wanted;
    for (const auto& domain : *domains) {
        if (wanted && domain.name != *wanted) continue;
        found = true;
        const auto name = config::displayName(domain.usersFile, context.configDir);
        const auto users = users::UserDb{domain.usersFile, name}.read();
        if (!users) return fail(context, ExitCode::Config, users.error().sentences.front());
        for (const auto& user : users->all())
            context.out << user.name << "@" << domain.name.ascii() << remarkOn(user) << "\n";
    }
    if (found) return ExitCode::Ok;
    return fail(context, ExitCode::NoUser, wanted->ascii() + " is not one of our domains");
}

}  // namespace postrider::ctl
