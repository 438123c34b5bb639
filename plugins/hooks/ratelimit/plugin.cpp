#include "common/plugin/api.h"
#include "plugins/hooks/ratelimit/ratelimit_hook.h"

namespace {

const postrider::hooks::RateLimitFactory ratelimit;
const std::array hooks{postrider::plugin::hook("ratelimit", ratelimit)};

}  // namespace

POSTRIDER_PLUGIN("ratelimit", "0.1.0", postrider::plugin::none, hooks)
