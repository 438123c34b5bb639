#pragma once

#include "common/plugin/courier.h"
#include "plugins/couriers/smtp/target_finder.h"

#include <memory>
#include <vector>

namespace postrider::couriers {

/// Delivers to other hosts over SMTP. Connections are not kept between requests. Thread-safe.
class SmtpCourier final : public plugin::Courier {
public:
    SmtpCourier(FinderOptions options, const plugin::Host& host)
        : finder_(std::move(options), host), host_(host) {}

    std::vector<plugin::DeliveryOutcome> deliver(const plugin::DeliveryRequest& request) override;

private:
    const TargetFinder finder_;
    const plugin::Host host_;
};

class SmtpFactory final : public plugin::CourierFactory {
public:
    [[nodiscard]] std::unique_ptr<plugin::Courier> create(const plugin::Settings& settings,
                                                          const plugin::Host& host) const override;
};

}  // namespace postrider::couriers
