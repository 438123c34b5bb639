#include "common/mail/domain.h"
#include "server/auth/password_hash.h"
#include "server/config/domains.h"
#include "server/users/user_db.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"

#include <optional>

namespace postrider::ctl {

namespace {

std::string remarkOn(const users::User& user) {
    if (auth::isLocked(user.hash)) return "  (may not log in)";
    const auto reason = auth::whyUnverifiable(user.hash);
    return reason.empty() ? "" : "  (cannot log in: " + reason + ")";
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
