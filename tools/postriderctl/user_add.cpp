#include "tools/postriderctl/account.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"

#include <system_error>

namespace postrider::ctl {

ExitCode userAdd(Context& context, const Arguments& arguments) {
    const auto account = findAccount(context, arguments.operands.front());
    if (!account) return fail(context, ExitCode::BadInput, account.error());
    const auto existing = account->users.read();
    if (!existing) return fail(context, ExitCode::Config, existing.error().sentences.front());
    if (existing->find(account->name) != nullptr) {
        return fail(context, ExitCode::CannotCreate, account->address() + " exists already");
    }

    const auto password = newPassword(context, arguments);
    if (!password) return fail(context, ExitCode::BadInput, password.error());
    const auto hash = newHash(*password, arguments, auth::HashScheme::Yescrypt);
    if (!hash) return fail(context, ExitCode::BadInput, hash.error());

    if (const auto made = makeFolder(context, *account); !made) {
        return fail(context, ExitCode::CannotCreate, made.error());
    }
    const auto file = account->folder / "users";
    std::error_code ignored;
    const bool isNew = !std::filesystem::exists(file, ignored);
    if (const auto added = account->users.add(account->name, *hash); !added) {
        return fail(context, added.error());
    }
    if (isNew) {
        if (const auto fitted = fitOwner(context, file); !fitted) {
            return fail(context, ExitCode::CannotCreate, fitted.error());
        }
    }
    context.out << "added " << account->address() << "\n";
    return ExitCode::Ok;
}

}  // namespace postrider::ctl
