#include "server/app/bound_ports.h"

#include "server/app/service_manager.h"
#include "server/config/load.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace postrider::app {

namespace {

constexpr std::string_view monitoringName = "monitoring";

/// Collects ports and complaints while it goes through the listen keys.
class Binder {
public:
    Binder(const config::Config& config, std::vector<std::string>& problems)
        : config_(config), problems_(problems) {}

    void add(mail::ListenerKind kind, const std::vector<config::ListenAddress>& addresses) {
        bool adopted = false;
        for (const auto& address : addresses) {
            if (!address.systemd) {
                keep(kind, net::ListeningSocket::bind(address));
            } else if (!std::exchange(adopted, true)) {
                adopt(kind);
            }
        }
    }

    void addMonitoring(const std::optional<config::ListenAddress>& address) {
        if (!address || !address->systemd) return;
        const auto sockets = take(monitoringName);
        if (sockets.size() > 1) complain(monitoringName, "systemd passed more than one socket");
        if (!sockets.empty()) ports_.monitoring = FileDescriptor(sockets.front());
    }

    BoundPorts finish() && {
        for (const auto& socket : inherited_) {
            problems_.push_back("systemd passed a socket named " + socket.name + ", but listen." +
                                socket.name + " does not say systemd");
        }
        return std::move(ports_);
    }

private:
    /// The sockets of that name, which nobody else gets then.
    std::vector<int> take(std::string_view name) {
        std::vector<int> sockets;
        for (const auto& socket : inherited_) {
            if (socket.name == name) sockets.push_back(socket.fd);
        }
        std::erase_if(inherited_, [name](const auto& socket) { return socket.name == name; });
        if (sockets.empty()) {
            const std::string wanted{name};
            complain(name, "systemd passed no socket named " + wanted +
                               "; its .socket unit needs FileDescriptorName=" + wanted);
        }
        return sockets;
    }

    void adopt(mail::ListenerKind kind) {
        for (const int descriptor : take(mail::toString(kind)))
            keep(kind, net::ListeningSocket::adopt(descriptor));
    }

    void keep(mail::ListenerKind kind, Result<net::ListeningSocket, std::string> socket) {
        if (socket) {
            ports_.mail.push_back({kind, *std::move(socket)});
        } else {
            complain(mail::toString(kind), socket.error());
        }
    }

    void complain(std::string_view listener, const std::string& reason) {
        const std::string key = "listen." + std::string{listener};
        problems_.push_back(config::complaintAbout(config_, key, reason));
    }

    const config::Config& config_;
    std::vector<ServiceManager::InheritedSocket> inherited_ = ServiceManager::inheritedSockets();
    BoundPorts ports_;
    std::vector<std::string>& problems_;
};

}  // namespace

BoundPorts bindPorts(const config::Config& config, std::vector<std::string>& problems) {
    Binder binder{config, problems};
    binder.add(mail::ListenerKind::Smtp, config.smtp);
    binder.add(mail::ListenerKind::Submission, config.submission);
    binder.add(mail::ListenerKind::Submissions, config.submissions);
    binder.addMonitoring(config.monitoring);
    return std::move(binder).finish();
}

}  // namespace postrider::app
