#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace postrider::app {

/// The wire to systemd: readiness, watchdog, inherited sockets. Does nothing where there is no
/// service manager.
class ServiceManager {
public:
    /// Reads the watchdog's interval once.
    ServiceManager();

    void ready() const;
    void reloading() const;
    void stopping() const;
    /// Says that we are alive; to be called more often than watchdogInterval().
    void alive() const;
    /// Half of what the service manager allows between two signs of life; nothing when it does not
    /// watch.
    [[nodiscard]] std::optional<std::chrono::milliseconds> watchdogInterval() const noexcept {
        return watchdog_;
    }

    /// One listening socket handed over (sd_listen_fds), by its FileDescriptorName.
    struct InheritedSocket {
        std::string name;
        int fd;
    };
    /// All of them, close-on-exec. Empty when none was passed to this process.
    static std::vector<InheritedSocket> inheritedSockets();

private:
    std::optional<std::chrono::milliseconds> watchdog_;
};

}  // namespace postrider::app
