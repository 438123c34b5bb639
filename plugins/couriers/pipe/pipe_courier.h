#pragma once

#include "common/plugin/courier.h"
#include "plugins/couriers/pipe/command.h"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace postrider::couriers {

/// Hands each recipient's message to a run of a program. Thread-safe.
class PipeCourier final : public plugin::Courier {
public:
    /// Without a command the next hop of each request is the command.
    PipeCourier(std::optional<Command> command, std::chrono::seconds timeout,
                const plugin::Host& host);

    std::vector<plugin::DeliveryOutcome> deliver(const plugin::DeliveryRequest& request) override;

private:
    [[nodiscard]] plugin::DeliveryOutcome deliverTo(
        const Command& command, const plugin::DeliveryRequest& request,
        const plugin::DeliveryRecipient& recipient) const;

    const std::optional<Command> command_;
    const std::chrono::seconds timeout_;
    const plugin::Host host_;
};

class PipeFactory final : public plugin::CourierFactory {
public:
    [[nodiscard]] std::unique_ptr<plugin::Courier> create(const plugin::Settings& settings,
                                                          const plugin::Host& host) const override;
};

}  // namespace postrider::couriers
