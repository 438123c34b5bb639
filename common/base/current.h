#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace postrider {

/// The present state of something that a reload replaces as a whole. Who took a snapshot keeps it
/// as long as it needs it. Locks inside.
template <class T>
class Current {
public:
    explicit Current(std::shared_ptr<T> first) : value_(std::move(first)) {}

    [[nodiscard]] std::shared_ptr<T> get() const {
        const std::lock_guard lock{mutex_};
        return value_;
    }
    void set(std::shared_ptr<T> next) {
        const std::lock_guard lock{mutex_};
        value_.swap(next);  // the old one dies after the lock is gone
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<T> value_;  ///< owners: this, and whoever took a snapshot
};

}  // namespace postrider
