#include "plugins/hooks/ratelimit/buckets.h"

#include <algorithm>

namespace postrider::hooks {

Buckets::Buckets(Rate rate, const Clock& clock)
    : refill_(rate.time), each_(refill_ / static_cast<std::int64_t>(rate.count)), clock_(clock) {}

bool Buckets::take(const std::string& key) {
    const SteadyTime now = clock_.steady();
    const std::lock_guard lock{mutex_};
    auto bucket = fullAt_.find(key);
    if (bucket == fullAt_.end()) {
        if (fullAt_.size() >= mostKeys) forgetFull(now);
        if (fullAt_.size() >= mostKeys) return true;
        bucket = fullAt_.emplace(key, now).first;
    }
    const SteadyTime fullThen = std::max(bucket->second, now) + each_;
    if (fullThen - now > refill_) return false;
    bucket->second = fullThen;
    return true;
}

std::size_t Buckets::size() const {
    const std::lock_guard lock{mutex_};
    const SteadyTime now = clock_.steady();
    return static_cast<std::size_t>(std::count_if(
        fullAt_.begin(), fullAt_.end(), [now](const auto& bucket) { return bucket.second > now; }));
}

/// Looks at all of them, so not more than once a second.
void Buckets::forgetFull(SteadyTime now) {
    if (now - swept_ < std::chrono::seconds{1}) return;
    swept_ = now;
    std::erase_if(fullAt_, [now](const auto& bucket) { return bucket.second <= now; });
}

}  // namespace postrider::hooks
