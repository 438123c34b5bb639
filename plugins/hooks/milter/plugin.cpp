#include "common/plugin/api.h"
#include "plugins/hooks/milter/milter_hook.h"

namespace {

const postrider::hooks::MilterFactory milter;
const std::array hooks{postrider::plugin::hook("milter", milter)};

}  // namespace

POSTRIDER_PLUGIN("milter", "0.1.0", postrider::plugin::none, hooks)
