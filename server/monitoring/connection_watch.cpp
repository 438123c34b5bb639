#include "server/monitoring/connection_watch.h"

#include <fcntl.h>
#include <sys/socket.h>

namespace postrider::monitoring {

ConnectionWatch::ConnectionWatch(std::chrono::milliseconds limit)
    : limit_(limit), thread_([this](const std::stop_token& stop) { run(stop); }) {}

ConnectionWatch::~ConnectionWatch() {
    cutAll();
}

std::uint64_t ConnectionWatch::add(int descriptor) {
    const std::lock_guard lock{mutex_};
    FileDescriptor copy{::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)};
    if (closing_) ::shutdown(descriptor, SHUT_RDWR);
    watched_.emplace(next_, Watched{std::move(copy), steadyNow() + limit_});
    changed_.notify_one();
    return next_++;
}

void ConnectionWatch::remove(std::uint64_t ticket) {
    const std::lock_guard lock{mutex_};
    watched_.erase(ticket);
}

void ConnectionWatch::cutAll() {
    const std::lock_guard lock{mutex_};
    closing_ = true;
    for (const auto& [ticket, watched] : watched_)
        ::shutdown(watched.descriptor.get(), SHUT_RDWR);
}

void ConnectionWatch::run(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
        if (watched_.empty()) {
            changed_.wait(lock, stop, [this] { return !watched_.empty(); });
        } else {
            // A copy: the entry may be removed while we wait for its time.
            const SteadyTime until = watched_.begin()->second.until;
            changed_.wait_until(lock, stop, until, [] { return false; });
            cutOverdue();
        }
    }
}

void ConnectionWatch::cutOverdue() {
    const SteadyTime now = steadyNow();
    for (auto& [ticket, watched] : watched_) {
        if (watched.until > now) return;
        ::shutdown(watched.descriptor.get(), SHUT_RDWR);
        watched.until = now + limit_;
    }
}

}  // namespace postrider::monitoring
