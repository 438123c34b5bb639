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
    {
        const std::lock_guard lock{mutex_};
        if (idle_.size() < most) {
            idle_.push_back({std::exchange(client, nullptr), steadyNow() + longest});
        }
    }
    if (client) {
        client->quit();
    } else {
        changed_.notify_one();  // costs nothing while the thread waits for an older one to end
    }
}

void IdleConnections::run(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    while (changed_.wait(lock, stop, [this] { return !idle_.empty(); })) {
        const SteadyTime until = idle_.front().until;
        if (steadyNow() < until) {
            changed_.wait_until(lock, stop, until, [] { return false; });
            continue;
        }
        const auto old = std::move(idle_.front().client);
        idle_.pop_front();
        lock.unlock();
        old->quit();
        lock.lock();
    }
}

}  // namespace postrider::couriers
