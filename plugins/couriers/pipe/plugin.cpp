#include "common/plugin/api.h"
#include "plugins/couriers/pipe/pipe_courier.h"

namespace {

const postrider::couriers::PipeFactory pipe;
const std::array couriers{postrider::plugin::courier("pipe", pipe)};

}  // namespace

POSTRIDER_PLUGIN("pipe", "0.1.0", couriers, postrider::plugin::none)
