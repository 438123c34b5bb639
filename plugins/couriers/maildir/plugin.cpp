#include "common/plugin/api.h"
#include "plugins/couriers/maildir/maildir_courier.h"

namespace {

const postrider::couriers::MaildirFactory maildir;
const std::array couriers{postrider::plugin::courier("maildir", maildir)};

}  // namespace

POSTRIDER_PLUGIN("maildir", "0.1.0", couriers, postrider::plugin::none)
