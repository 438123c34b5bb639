#include "plugins/couriers/lmtp/idle_connections.h"

#include <utility>

namespace postrider::couriers {

IdleConnections::IdleConnections() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

IdleConnections::~IdleConnections() {
    thread_.request_stop();
    thread_.join();
    for (auto& idle : idle_)
        idle.client->quit();
}

std::shared_ptr<net::SmtpClient> IdleConnections::take() {
    const std::lock_guard lock{mutex_};
    if (idle_.empty()) return nullptr;
    auto client = std::move(idle_.back().client);
    idle_.pop_back();
    return client;
}

void IdleConnections::keep(std::shared_ptr<net::SmtpClient> client) {
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        if (idle_.size() < most) {
            idle_.push_back({std::exchange(client, nullptr), steadyNow() + longest});
            wake = std::exchange(resting_, false);
        }
    }
    if (client) client->quit();
    if (wake) first_.notify_one();
}

/// Looks once for each time that a connection may be kept, not at each that comes and goes.
void IdleConnections::run(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
        resting_ = idle_.empty();
        if (resting_) {
            first_.wait(lock, stop, [this] { return !resting_; });
        } else {
            // a copy: the connection may be taken, and its time with it, while this waits
            const SteadyTime until = idle_.front().until;
            first_.wait_until(lock, stop, until, [] { return false; });
        }
        endOld(lock);
    }
}

void IdleConnections::endOld(std::unique_lock<std::mutex>& lock) {
    while (!idle_.empty() && idle_.front().until <= steadyNow()) {
        const auto old = std::move(idle_.front().client);
        idle_.pop_front();
        lock.unlock();
        old->quit();
        lock.lock();
    }
}

}  // namespace postrider::couriers
