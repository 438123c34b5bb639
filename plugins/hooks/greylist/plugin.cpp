#include "common/plugin/api.h"
#include "plugins/hooks/greylist/greylist_hook.h"

namespace {

const postrider::hooks::GreylistFactory greylist;
const std::array hooks{postrider::plugin::hook("greylist", greylist)};

}  // namespace

POSTRIDER_PLUGIN("greylist", "0.1.0", postrider::plugin::none, hooks)
