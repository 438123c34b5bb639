#include "common/plugin/api.h"
#include "plugins/couriers/lmtp/lmtp_courier.h"

namespace {

const postrider::couriers::LmtpFactory lmtp;
const std::array couriers{postrider::plugin::courier("lmtp", lmtp)};

}  // namespace

POSTRIDER_PLUGIN("lmtp", "0.1.0", couriers, postrider::plugin::none)
