#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace postrider {

using WallTime = std::chrono::system_clock::time_point;
using SteadyTime = std::chrono::steady_clock::time_point;

/// The only source of time for decisions: retry times, ages, dates in headers. Injected everywhere,
/// so that tests move it by hand. Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    /// Calendar time, UTC; may jump.
    [[nodiscard]] virtual WallTime now() const = 0;
    /// Never goes back; for durations and deadlines.
    [[nodiscard]] virtual SteadyTime steady() const = 0;
};

/// The host's clock.
class SystemClock final : public Clock {
public:
    [[nodiscard]] WallTime now() const override;
    [[nodiscard]] SteadyTime steady() const override;
};

/// The real steady clock, for waiting on real descriptors (Deadline); decisions use Clock.
[[nodiscard]] SteadyTime steadyNow();

/// Lets the calling thread rest for a while: the answer to a client is to come later.
void pauseFor(std::chrono::milliseconds time);

/// Whole seconds since 1970-01-01 UTC, the form in which times are stored.
[[nodiscard]] std::int64_t unixSeconds(WallTime time);
/// Clamped to the years 1678 to 2261, which a WallTime can hold.
[[nodiscard]] WallTime fromUnixSeconds(std::int64_t seconds);
/// RFC 3339, UTC: "2026-11-21T12:00:00.123Z".
[[nodiscard]] std::string isoMilliseconds(WallTime time);

}  // namespace postrider
