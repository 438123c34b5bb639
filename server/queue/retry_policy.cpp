#include "server/queue/retry_policy.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace postrider::queue {

RetryPolicy::RetryPolicy(std::vector<std::chrono::seconds> schedule,
                         std::chrono::seconds giveUpAfter)
    : schedule_(std::move(schedule)), giveUpAfter_(giveUpAfter) {
    assert(!schedule_.empty());
}

std::chrono::seconds RetryPolicy::delayAfter(unsigned attempts, Jitter jitter) const {
    const std::size_t step = std::min<std::size_t>(std::max(attempts, 1U), schedule_.size()) - 1;
    const std::chrono::seconds base = schedule_[step];
    return base + jitter.of(base / 4);
}

std::chrono::seconds RetryPolicy::longestDelay() const {
    const std::chrono::seconds longest = *std::max_element(schedule_.begin(), schedule_.end());
    return longest + longest / 4;
}

std::optional<WallTime> RetryPolicy::nextAttempt(unsigned attempts, WallTime now,
                                                 WallTime expiresAt, Jitter jitter) const {
    if (now >= expiresAt) return std::nullopt;
    return std::min<WallTime>(now + delayAfter(attempts, jitter), expiresAt);
}

}  // namespace postrider::queue
