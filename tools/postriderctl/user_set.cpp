#include "tools/postriderctl/account.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"

#include <utility>
#include <vector>

namespace postrider::ctl {

namespace {

/// A right and its value, as users::setRight has them.
using Setting = std::pair<std::string, std::string>;

ExitCode change(const Context& context, const std::string& address,
                const std::vector<Setting>& settings, std::string_view done) {
    const auto account = findAccount(context, address);
    if (!account) return fail(context, ExitCode::BadInput, account.error());
    const auto existing = account->users.read();
    if (!existing) return fail(context, ExitCode::Config, existing.error().sentences.front());
    if (existing->find(account->name) == nullptr) {
        return fail(context, ExitCode::NoUser, "there is no user " + account->address());
    }
    users::UserRights tried;
    for (const auto& [name, value] : settings) {
        const auto valid = users::setRight(tried, name, value);
        if (!valid) {
            std::string reason{name};
            reason.append("=").append(value).append(": ").append(valid.error());
            return fail(context, ExitCode::BadInput, reason);
        }
    }
    for (const auto& [name, value] : settings) {
        const auto changed = account->users.setRight(account->name, name, value);
        if (!changed) return fail(context, changed.error());
    }
    context.out << done << " " << account->address() << "\n";
    return ExitCode::Ok;
}

}  // namespace

ExitCode userSet(Context& context, const Arguments& arguments) {
    std::vector<Setting> settings;
    for (std::size_t i = 1; i < arguments.operands.size(); ++i) {
        const auto& operand = arguments.operands[i];
        const auto equals = operand.find('=');
        if (equals == std::string::npos) {
            return fail(context, ExitCode::Usage, "'" + operand + "' is not NAME=VALUE");
        }
        settings.emplace_back(operand.substr(0, equals), operand.substr(equals + 1));
    }
    return change(context, arguments.operands.front(), settings, "changed");
}

ExitCode userDisable(Context& context, const Arguments& arguments) {
    return change(context, arguments.operands.front(), {{"disabled", "yes"}}, "disabled");
}

ExitCode userEnable(Context& context, const Arguments& arguments) {
    return change(context, arguments.operands.front(), {{"disabled", ""}}, "enabled");
}

}  // namespace postrider::ctl
