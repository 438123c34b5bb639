#include "server/delivery/decision.h"

#include <algorithm>
#include <utility>

namespace postrider::delivery {

Decided decide(queue::DueRecipient recipient, plugin::DeliveryOutcome outcome,
               const AttemptTimes& times, const queue::RetryPolicy& retry, queue::Jitter jitter) {
    Decided decided{std::move(recipient), std::move(outcome), {}, times.at, times.took, {}};
    switch (decided.outcome.disposition) {
        case plugin::Disposition::Delivered:
            decided.state = queue::RecipientState::Delivered;
            return decided;
        case plugin::Disposition::Permanent:
            decided.state = queue::RecipientState::Failed;
            return decided;
        case plugin::Disposition::Transient:
            break;
    }
    const auto next =
        retry.nextAttempt(decided.recipient.attempts + 1, times.at, times.expiresAt, jitter);
    decided.state = next ? queue::RecipientState::Pending : queue::RecipientState::Expired;
    decided.nextAttempt = next.value_or(times.at);
    if (next && times.warnAt) {
        decided.late = times.at >= *times.warnAt;
        if (!decided.late) decided.nextAttempt = std::min(decided.nextAttempt, *times.warnAt);
    }
    return decided;
}

void postpone(Decided& decided, const queue::RetryPolicy& retry, queue::Jitter jitter) {
    decided.state = queue::RecipientState::Pending;
    decided.late = false;
    decided.nextAttempt = decided.at + retry.delayAfter(decided.recipient.attempts + 1, jitter);
}

}  // namespace postrider::delivery
