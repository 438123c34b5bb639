#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/plugin/courier.h"
#include "server/delivery/delivery_port.h"
#include "server/delivery/destination.h"
#include "server/queue/queued_message.h"

#include <chrono>
#include <vector>

namespace postrider::delivery {

/// What one attempt brought: an outcome for each recipient of the job, in its order.
struct Attempted {
    std::vector<plugin::DeliveryOutcome> outcomes;
    std::chrono::milliseconds took{0};
    JobEnd end;
    bool tried = true;  ///< false: no courier was asked
};

/// References lent for life.
struct AttemptPorts {
    Couriers& couriers;
    const Clock& clock;
    Log& log;
};

/// Carries a message to the recipients of one job: the boundary around the courier. Whatever it
/// throws, and whatever it leaves unsaid, means "later" for the recipients concerned. Never throws.
[[nodiscard]] Attempted attempt(const Job& job, const queue::StoredMessage& message,
                                std::chrono::seconds timeout, const AttemptPorts& ports);

/// What a suspended job is settled with: the failure that its destination backs off for.
[[nodiscard]] Attempted withoutTrying(const Job& job);

/// "Later" for every recipient, for a reason of our own.
[[nodiscard]] Attempted postponed(const Job& job, const std::string& reason);

}  // namespace postrider::delivery
