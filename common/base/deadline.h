#pragma once

#include "common/base/clock.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace postrider {

/// A point in time after which an I/O operation gives up, and which knows how much is left.
///
/// Absolute, so that a peer dripping one octet at a time cannot restart it. Immutable value.
class Deadline {
public:
    static Deadline at(SteadyTime when) { return Deadline{when}; }
    static Deadline after(std::chrono::milliseconds time) { return Deadline{steadyNow() + time}; }

    /// The earlier of two.
    [[nodiscard]] Deadline orSooner(Deadline other) const {
        return Deadline{std::min(when_, other.when_)};
    }
    [[nodiscard]] SteadyTime when() const { return when_; }
    [[nodiscard]] bool passed() const { return steadyNow() >= when_; }

    /// Time left, never negative, rounded up to whole milliseconds: the argument of ::poll.
    [[nodiscard]] int pollTimeout() const {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(when_ - steadyNow()).count();
        constexpr auto longest = std::int64_t{std::numeric_limits<int>::max()};
        return static_cast<int>(std::clamp<std::int64_t>(left, 0, longest));
    }

private:
    explicit Deadline(SteadyTime when) : when_(when) {}
    SteadyTime when_;
};

}  // namespace postrider
