#include "tools/postriderctl/account.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"

namespace postrider::ctl {

ExitCode userRemove(Context& context, const Arguments& arguments) {
    const auto account = findAccount(context, arguments.operands.front());
    if (!account) return fail(context, ExitCode::BadInput, account.error());
    // a domain that is not there has no users; there is nothing to lock in it either
    const auto existing = account->users.read();
    if (!existing) return fail(context, ExitCode::Config, existing.error().sentences.front());
    if (existing->find(account->name) == nullptr) {
        return fail(context, ExitCode::NoUser, "there is no user " + account->address());
    }
    if (const auto removed = account->users.remove(account->name); !removed) {
        return fail(context, removed.error());
    }
    context.out << "removed " << account->address() << "\n";
    return ExitCode::Ok;
}

}  // namespace postrider::ctl
