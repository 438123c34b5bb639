#pragma once

#include "common/base/clock.h"
#include "plugins/hooks/ratelimit/rate.h"

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace postrider::hooks {

/// A token bucket for each key: full at first, refilled evenly at the rate, never above it. So a
/// key may take all of the rate's count at once, and afterwards one each time/count.
///
/// A full bucket takes no memory. At most `mostKeys` others are kept; beyond them newcomers are not
/// counted: who fills the table cannot keep others out. In memory only. Locks inside.
class Buckets {
public:
    static constexpr std::size_t mostKeys = 100'000;

    Buckets(Rate rate, const Clock& clock);

    /// Takes one out of the key's bucket; false, and nothing is taken, when it is empty.
    bool take(const std::string& key);
    /// Buckets that are not full.
    [[nodiscard]] std::size_t size() const;

private:
    void forgetFull(SteadyTime now);

    const std::chrono::nanoseconds refill_;  ///< of the whole bucket
    const std::chrono::nanoseconds each_;    ///< of one token
    const Clock& clock_;
    mutable std::mutex mutex_;  // guards what follows
    std::unordered_map<std::string, SteadyTime> fullAt_;
    SteadyTime swept_{};
};

}  // namespace postrider::hooks
