#include "tools/postriderctl/commands.h"

namespace postrider::ctl {

ExitCode version(Context& context, const Arguments& /*arguments*/) {
    context.out << "postriderctl " << POSTRIDER_VERSION << "\n";
    return ExitCode::Ok;
}

}  // namespace postrider::ctl
