#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace postrider::delivery {

/// Threads that work until they are stopped; started when there is work for them, at most a fixed
/// number, kept then. Locks inside.
class CourierPool {
public:
    /// `work` runs on each thread until its token says stop.
    CourierPool(std::size_t most, std::function<void(const std::stop_token&)> work)
        : most_(most), work_(std::move(work)) {}
    CourierPool(const CourierPool&) = delete;
    CourierPool& operator=(const CourierPool&) = delete;
    /// Waits for all threads.
    ~CourierPool() { stop(); }

    /// Starts so many more threads, as far as the limit allows. Throws std::system_error when the
    /// host has no more.
    void grow(std::size_t more);
    /// Asks the threads to end and waits for them. After it no thread starts.
    void stop();
    [[nodiscard]] std::size_t size() const;

private:
    std::size_t most_;
    std::function<void(const std::stop_token&)> work_;
    mutable std::mutex mutex_;  // guards what follows
    bool stopped_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace postrider::delivery
