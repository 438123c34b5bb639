#pragma once

#include "server/app/foundation.h"
#include "server/delivery/delivery_port.h"

#include <string>
#include <vector>

namespace postrider::app {

/// Delivery's couriers: those in force at each attempt. An attempt that runs during a reload ends
/// with the couriers it began with. Thread-safe.
class LiveCouriers final : public delivery::Couriers {
public:
    explicit LiveCouriers(const Foundation& foundation) : foundation_(foundation) {}

    std::vector<plugin::DeliveryOutcome> deliver(const std::string& instance,
                                                 const plugin::DeliveryRequest& request) override {
        const auto couriers = foundation_.couriers();
        return couriers->deliver(instance, request);
    }

private:
    const Foundation& foundation_;
};

}  // namespace postrider::app
