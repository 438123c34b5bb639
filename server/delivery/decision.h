#pragma once

#include "common/base/clock.h"
#include "common/plugin/courier.h"
#include "server/queue/queued_message.h"
#include "server/queue/retry_policy.h"

#include <chrono>
#include <optional>

namespace postrider::delivery {

/// A recipient, what an attempt did for it, and what follows from that.
struct Decided {
    queue::DueRecipient recipient;
    plugin::DeliveryOutcome outcome;
    queue::RecipientState state = queue::RecipientState::Pending;
    WallTime at;
    std::chrono::milliseconds took{0};
    WallTime nextAttempt;  ///< for Pending
    bool tried = true;     ///< false: its destination backed off
    bool late = false;     ///< for Pending: the sender is to be told of the delay

    [[nodiscard]] bool isFailure() const {
        return state == queue::RecipientState::Failed || state == queue::RecipientState::Expired;
    }
    /// A report tells of it, together with the others of its message.
    [[nodiscard]] bool waitsForOthers() const { return isFailure() || late; }
};

/// When and for how long an attempt was made, and when the recipient is late and given up.
struct AttemptTimes {
    WallTime at;
    std::chrono::milliseconds took{0};
    WallTime expiresAt;
    std::optional<WallTime> warnAt{};  ///< nothing: the sender is not told of a delay (any more)
};

/// Delivered and refused recipients are settled; "later" is tried again by the schedule (RFC 5321
/// section 4.5.4.1), for the last time when the message expires, and is Expired after that. Who is
/// to be warned about is tried once more at the time of the warning, so that it comes in time and
/// tells the latest.
[[nodiscard]] Decided decide(queue::DueRecipient recipient, plugin::DeliveryOutcome outcome,
                             const AttemptTimes& times, const queue::RetryPolicy& retry,
                             queue::Jitter jitter);

/// Makes a failure pending again, by the schedule: its report cannot be sent now.
void postpone(Decided& decided, const queue::RetryPolicy& retry, queue::Jitter jitter);

}  // namespace postrider::delivery
