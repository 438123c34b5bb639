#pragma once

#include "common/base/clock.h"

#include <chrono>
#include <mutex>

namespace postrider::test {

/// A clock that stands still until a test moves it. Begins at 2026-11-21 12:00:00 UTC. Thread-safe.
class FakeClock final : public Clock {
public:
    FakeClock() = default;
    explicit FakeClock(WallTime now) : now_(now) {}

    [[nodiscard]] WallTime now() const override {
        const std::lock_guard lock{mutex_};
        return now_;
    }
    [[nodiscard]] SteadyTime steady() const override {
        const std::lock_guard lock{mutex_};
        return steady_;
    }

    /// Time passes: both times go forward.
    void advance(std::chrono::nanoseconds time) {
        const std::lock_guard lock{mutex_};
        now_ += std::chrono::duration_cast<WallTime::duration>(time);
        steady_ += std::chrono::duration_cast<SteadyTime::duration>(time);
    }
    /// Somebody sets the host's clock: the steady time does not notice.
    void jumpTo(WallTime now) {
        const std::lock_guard lock{mutex_};
        now_ = now;
    }

private:
    mutable std::mutex mutex_;
    WallTime now_ = fromUnixSeconds(1'795'262'400);
    SteadyTime steady_{std::chrono::hours{1}};
};

}  // namespace postrider::test
