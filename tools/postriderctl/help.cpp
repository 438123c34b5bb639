#include "tools/postriderctl/commands.h"

namespace postrider::ctl {

ExitCode help(Context& context, const Arguments& /*arguments*/) {
    context.out << "usage: postriderctl [--config-dir DIR] COMMAND ...\n\n";
    for (const auto& command : commands()) {
        context.out << "  " << command.name;
        if (!command.usage.empty()) context.out << " " << command.usage;
        context.out << "\n      " << command.summary << "\n";
    }
    context.out
        << "\nDIR is /etc/postrider if not given. Exit codes are those of sysexits.h: 0 done, 64 "
           "usage,\n65 bad input, 67 no such user or message, 75 not done yet, 78 broken "
           "configuration.\n";
    return ExitCode::Ok;
}

}  // namespace postrider::ctl
