#pragma once

#include "common/base/subprocess.h"
#include "common/plugin/courier.h"

namespace postrider::couriers {

/// What a delivery agent's end means (sysexits.h): 0 is delivered, a few statuses say never, all
/// else is tried later. The diagnostic is the first line it wrote.
[[nodiscard]] plugin::DeliveryOutcome outcomeOf(const SubprocessResult& result);

}  // namespace postrider::couriers
