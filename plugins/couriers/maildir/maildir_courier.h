#pragma once

#include "common/plugin/courier.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postrider::couriers {

/// Final delivery into maildirs. Thread-safe.
class MaildirCourier final : public plugin::Courier {
public:
    /// `pattern`: absolute, %u and %d, checked by the factory.
    MaildirCourier(const std::string& pattern, const plugin::Host& host);

    std::vector<plugin::DeliveryOutcome> deliver(const plugin::DeliveryRequest& request) override;

private:
    plugin::DeliveryOutcome deliverTo(const plugin::DeliveryRequest& request,
                                      const plugin::DeliveryRecipient& recipient);
    /// The same for each try of one message to one recipient: a delivery that was done before a
    /// crash is found, and not done again.
    [[nodiscard]] std::string nameOf(const mail::QueueId& id, std::string_view recipient) const;
    [[nodiscard]] std::string temporaryName();

    const plugin::Host host_;
    std::string base_;                ///< before the first component with a placeholder
    std::vector<std::string> below_;  ///< the components from there on, with placeholders
    std::atomic<std::uint64_t> delivery_{0};
};

class MaildirFactory final : public plugin::CourierFactory {
public:
    [[nodiscard]] std::unique_ptr<plugin::Courier> create(const plugin::Settings& settings,
                                                          const plugin::Host& host) const override;
};

}  // namespace postrider::couriers
