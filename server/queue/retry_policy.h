#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace postrider::queue {

/// How much of the quarter is added to a wait. Drawn once for all recipients of an attempt: they
/// come back together, and are one transaction again.
class Jitter {
public:
    explicit Jitter(Random& random) : thousandths_(static_cast<std::int64_t>(random.below(1001))) {}
    [[nodiscard]] std::chrono::seconds of(std::chrono::seconds spread) const {
        return spread * thousandths_ / 1000;
    }

private:
    std::int64_t thousandths_;
};

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
    [[nodiscard]] std::chrono::seconds delayAfter(unsigned attempts, Jitter jitter) const;
    /// No wait is longer.
    [[nodiscard]] std::chrono::seconds longestDelay() const;

    /// The time of the next attempt; a last one is made at the time of expiry. Nothing: give up.
    [[nodiscard]] std::optional<WallTime> nextAttempt(unsigned attempts, WallTime now,
                                                      WallTime expiresAt, Jitter jitter) const;

private:
    std::vector<std::chrono::seconds> schedule_;
    std::chrono::seconds giveUpAfter_;
};

}  // namespace postrider::queue
