#include "server/app/service_manager.h"

#include <cstdint>
#include <cstdlib>
#include <systemd/sd-daemon.h>
#include <unistd.h>

namespace postrider::app {

ServiceManager::ServiceManager() {
    std::uint64_t microseconds = 0;
    if (::sd_watchdog_enabled(0, &microseconds) > 0) {
        watchdog_ = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::microseconds{microseconds / 2});
    }
}

void ServiceManager::ready() const {
    ::sd_notify(0, "READY=1");
}

void ServiceManager::reloading() const {
    ::sd_notify(0, "RELOADING=1");
}

void ServiceManager::stopping() const {
    ::sd_notify(0, "STOPPING=1");
}

void ServiceManager::alive() const {
    ::sd_notify(0, "WATCHDOG=1");
}

std::vector<ServiceManager::InheritedSocket> ServiceManager::inheritedSockets() {
    char** names = nullptr;
    const int count = ::sd_listen_fds_with_names(1, &names);
    std::vector<InheritedSocket> sockets;
    for (int i = 0; i < count; ++i) {
        sockets.push_back({names[i], SD_LISTEN_FDS_START + i});
        std::free(names[i]);
    }
    std::free(names);
    return sockets;
}

}  // namespace postrider::app
