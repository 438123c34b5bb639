#include "server/auth/password_hash.h"
#include "tools/postriderctl/account.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"

namespace postrider::ctl {

ExitCode userCheck(Context& context, const Arguments& arguments) {
    const auto account = findAccount(context, arguments.operands.front());
    if (!account) return fail(context, ExitCode::BadInput, account.error());
    const auto existing = account->users.read();
    if (!existing) return fail(context, ExitCode::Config, existing.error().sentences.front());
    const auto* user = existing->find(account->name);
    if (user == nullptr) {
        return fail(context, ExitCode::NoUser, "there is no user " + account->address());
    }
    const auto password = arguments.flags.contains("--password-stdin")
                              ? context.terminal.readLine()
                              : context.terminal.askSecret("Password: ");
    if (!password) return fail(context, ExitCode::BadInput, password.error());
    const auto match = auth::verifyPassword(*password, user->hash);
    if (!match) return fail(context, ExitCode::Unavailable, match.error());
    if (*match == auth::Match::No) {
        return fail(context, ExitCode::No, "this is not the password of " + account->address());
    }
    context.out << "this is the password of " << account->address() << "\n";
    if (const auto old = auth::outdatedScheme(user->hash)) {
        context.out << "it is kept as " << *old << ", which is cheap to guess from; set it anew: "
                    << "postriderctl user passwd " << account->address() << "\n";
    }
    return ExitCode::Ok;
}

}  // namespace postrider::ctl
