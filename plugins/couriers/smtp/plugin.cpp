#include "common/plugin/api.h"
#include "plugins/couriers/smtp/smtp_courier.h"

namespace {

const postrider::couriers::SmtpFactory smtp;
const std::array couriers{postrider::plugin::courier("smtp", smtp)};

}  // namespace

POSTRIDER_PLUGIN("smtp", "0.1.0", couriers, postrider::plugin::none)
