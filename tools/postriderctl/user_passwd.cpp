#include "tools/postriderctl/account.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"

namespace postrider::ctl {

ExitCode userPasswd(Context& context, const Arguments& arguments) {
    const auto account = findAccount(context, arguments.operands.front());
    if (!account) return fail(context, ExitCode::BadInput, account.error());
    const auto existing = account->users.read();
    if (!existing) return fail(context, ExitCode::Config, existing.error().sentences.front());
    const auto* user = existing->find(account->name);
    if (user == nullptr) {
        return fail(context, ExitCode::NoUser, "there is no user " + account->address());
    }
    const auto password = newPassword(context, arguments);
    if (!password) return fail(context, ExitCode::BadInput, password.error());
    const auto hash = newHash(*password, arguments, schemeOf(user->hash));
    if (!hash) return fail(context, ExitCode::BadInput, hash.error());
    if (const auto changed = account->users.setHash(account->name, *hash); !changed) {
        return fail(context, changed.error());
    }
    context.out << "changed the password of " << account->address() << "\n";
    return ExitCode::Ok;
}

}  // namespace postrider::ctl
