#pragma once

#include "common/plugin/courier.h"
#include "plugins/couriers/lmtp/lmtp_address.h"

#include <memory>
#include <vector>

namespace postrider::couriers {

/// Hands messages over to an LMTP server. A connection per request. Thread-safe.
class LmtpCourier final : public plugin::Courier {
public:
    LmtpCourier(LmtpAddress address, const plugin::Host& host)
        : address_(std::move(address)), host_(host) {}

    std::vector<plugin::DeliveryOutcome> deliver(const plugin::DeliveryRequest& request) override;

private:
    const LmtpAddress address_;
    const plugin::Host host_;
};

class LmtpFactory final : public plugin::CourierFactory {
public:
    [[nodiscard]] std::unique_ptr<plugin::Courier> create(const plugin::Settings& settings,
                                                          const plugin::Host& host) const override;
};

}  // namespace postrider::couriers
