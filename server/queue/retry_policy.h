#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"

#include <chrono>
#include <optional>
#include <vector>

namespace postrider::queue {

/// When a deferred recipient is tried again, and for how long (RFC 5321 section 4.5.4.1).
/// Immutable.
class RetryPolicy {
public:
    /// `schedule`: the waits after the first, second ... attempt, the last of them repeats; at
    /// least one.
    RetryPolicy(std::vector<std::chrono::seconds> schedule, std::chrono::seconds giveUpAfter);

    [[nodiscard]] WallTime expiresAt(WallTime receivedAt) const {
        return receivedAt + giveUpAfter_;
    }

    /// The wait after that many attempts (1 or more): the schedule's, and up to a quarter more by
    /// chance, so that messages that failed together do not come back together.
    [[nodiscard]] std::chrono::seconds delayAfter(unsigned attempts, Random& random) const;

    /// The time of the next attempt; a last one is made at the time of expiry. Nothing: give up.
    [[nodiscard]] std::optional<WallTime> nextAttempt(unsigned attempts, WallTime now,
                                                      WallTime expiresAt, Random& random) const;

private:
    std::vector<std::chrono::seconds> schedule_;
    std::chrono::seconds giveUpAfter_;
};

}  // namespace postrider::queue
