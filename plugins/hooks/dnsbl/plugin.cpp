#include "common/plugin/api.h"
#include "plugins/hooks/dnsbl/dnsbl_hook.h"

namespace {

const postrider::hooks::DnsblFactory dnsbl;
const std::array hooks{postrider::plugin::hook("dnsbl", dnsbl)};

}  // namespace

POSTRIDER_PLUGIN("dnsbl", "0.1.0", postrider::plugin::none, hooks)
