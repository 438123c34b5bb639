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

std::chrono::seconds RetryPolicy::delayAfter(unsigned attempts, Random& random) const {
    const std::size_t step = std::min<std::size_t>(std::max(attempts, 1U), schedule_.size()) - 1;
    const std::chrono::seconds base = schedule_[step];
    const auto spread = static_cast<std::uint64_t>(std::max<std::int64_t>(base.count() / 4, 0));
    return base + std::chrono::seconds{random.below(spread + 1)};
}

std::optional<WallTime> RetryPolicy::nextAttempt(unsigned attempts, WallTime now,
                                                 WallTime expiresAt, Random& random) const {
    if (now >= expiresAt) return std::nullopt;
    return std::min<WallTime>(now + delayAfter(attempts, random), expiresAt);
}

}  // namespace postrider::queue
