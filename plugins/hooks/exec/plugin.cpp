#include "common/plugin/api.h"
#include "plugins/hooks/exec/exec_hook.h"

namespace {

const postrider::hooks::ExecFactory exec;
const std::array hooks{postrider::plugin::hook("exec", exec)};

}  // namespace

POSTRIDER_PLUGIN("exec", "0.1.0", postrider::plugin::none, hooks)
