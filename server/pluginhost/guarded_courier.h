#pragma once

#include "common/plugin/courier.h"
#include "common/plugin/host.h"

#include <memory>
#include <string>
#include <vector>

namespace postrider::pluginhost {

/// A courier that always answers: one consistent outcome per recipient, whatever the plugin does.
///
/// An exception or a wrong number of outcomes makes every recipient Transient 4.3.0; a status whose
/// class contradicts the disposition is replaced by the generic one of that class
/// (2.0.0, 4.0.0, 5.0.0): delivered stays delivered. Each time one warning and one metric
/// (courier_faults). Texts are made one bounded, printable line. Thread-safe.
class GuardedCourier final : public plugin::Courier {
public:
    GuardedCourier(std::string name, std::unique_ptr<plugin::Courier> courier,
                   const plugin::Host& host);

    /// Throws nothing.
    std::vector<plugin::DeliveryOutcome> deliver(const plugin::DeliveryRequest& request) override;

private:
    std::vector<plugin::DeliveryOutcome> failed(const plugin::DeliveryRequest& request,
                                                const std::string& reason);
    void mend(const plugin::DeliveryRequest& request, plugin::DeliveryOutcome& outcome);
    void warn(const plugin::DeliveryRequest& request, const std::string& reason);

    std::string name_;
    std::unique_ptr<plugin::Courier> courier_;
    Log& log_;
    Counter& faults_;
};

}  // namespace postrider::pluginhost
