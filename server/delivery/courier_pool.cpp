#include "server/delivery/courier_pool.h"

#include <utility>

namespace postrider::delivery {

void CourierPool::grow(std::size_t more) {
    const std::lock_guard lock{mutex_};
    for (; more > 0 && threads_.size() < most_ && !stopped_; --more) {
        threads_.emplace_back([this](const std::stop_token& stop) { work_(stop); });
    }
}

void CourierPool::stop() {
    std::vector<std::jthread> ending;
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
        ending = std::exchange(threads_, {});
    }
    for (std::jthread& thread : ending)
        thread.request_stop();
}  // joined here

std::size_t CourierPool::size() const {
    const std::lock_guard lock{mutex_};
    return threads_.size();
}

}  // namespace postrider::delivery
