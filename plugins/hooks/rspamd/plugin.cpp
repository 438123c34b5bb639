#include "common/plugin/api.h"
#include "plugins/hooks/rspamd/rspamd_hook.h"

namespace {

const postrider::hooks::RspamdFactory rspamd;
const std::array hooks{postrider::plugin::hook("rspamd", rspamd)};

}  // namespace

POSTRIDER_PLUGIN("rspamd", "0.1.0", postrider::plugin::none, hooks)
