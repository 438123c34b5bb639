#pragma once

#include "common/plugin/courier.h"

#include <string>
#include <vector>

namespace postrider::delivery {

/// The couriers as delivery sees them; implemented by pluginhost's courier_registry, introduced by
/// app.
class Couriers {
public:
    virtual ~Couriers() = default;
    /// Guarded: never throws, always one outcome per recipient. An unknown instance name is
    /// Transient 4.3.5.
    virtual std::vector<plugin::DeliveryOutcome> deliver(
        const std::string& instance, const plugin::DeliveryRequest& request) = 0;
};

}  // namespace postrider::delivery
