#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/plugin/courier.h"
#include "server/queue/queued_message.h"
#include "server/queue/retry_policy.h"

#include <chrono>

namespace postrider::delivery {

/// A recipient, what an attempt did for it, and what follows from that.
struct Decided {
    queue::DueRecipient recipient;
    plugin::DeliveryOutcome outcome;
    queue::RecipientState state = queue::RecipientState::Pending;
    WallTime at;
    std::chrono::milliseconds took{0};
    WallTime nextAttempt;  ///< for Pending

    [[nodiscard]] bool isFailure() const {
        return state == queue::RecipientState::Failed || state == queue::RecipientState::Expired;
    }
};

/// When and for how long an attempt was made, and when the message is given up.
struct AttemptTimes {
    WallTime at;
    std::chrono::milliseconds took{0};
    WallTime expiresAt;
};

/// Delivered and refused recipients are settled; "later" is tried again by the schedule (RFC 5321
/// section 4.5.4.1), for the last time when the message expires, and is Expired after that.
[[nodiscard]] Decided decide(queue::DueRecipient recipient, plugin::DeliveryOutcome outcome,
                             const AttemptTimes& times, const queue::RetryPolicy& retry,
                             Random& random);

/// Makes a failure pending again, by the schedule: its report cannot be sent now.
void postpone(Decided& decided, const queue::RetryPolicy& retry, Random& random);

}  // namespace postrider::delivery
