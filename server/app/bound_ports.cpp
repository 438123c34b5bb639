#include "server/app/bound_ports.h"

#include "server/app/configuration_refused.h"
#include "server/app/service_manager.h"
#include "server/config/load.h"

#include <string>
#include <utility>

namespace postrider::app {

namespace {

/// Collects ports and complaints while it goes through the listen keys.
class Binder {
public:
    explicit Binder(const config::Config& config) : config_(config) {}

    void add(mail::ListenerKind kind, const std::vector<config::ListenAddress>& addresses) {
        for (const auto& address : addresses) {
            if (address.systemd) {
                adopt(kind);
            } else {
                keep(kind, net::ListeningSocket::bind(address));
            }
        }
    }

    std::vector<BoundPort> finish() && {
        if (!problems_.empty()) throw ConfigurationRefused(std::move(problems_));
        return std::move(ports_);
    }

private:
    void adopt(mail::ListenerKind kind) {
        bool found = false;
        for (const auto& inherited : inherited_) {
            if (inherited.name != mail::toString(kind)) continue;
            found = true;
            keep(kind, net::ListeningSocket::adopt(inherited.fd));
        }
        if (!found) {
            const std::string name{mail::toString(kind)};
            complain(kind, "systemd passed no socket named " + name +
                               "; its .socket unit needs FileDescriptorName=" + name);
        }
    }

    void keep(mail::ListenerKind kind, Result<net::ListeningSocket, std::string> socket) {
        if (socket) {
            ports_.push_back({kind, *std::move(socket)});
        } else {
            complain(kind, socket.error());
        }
    }

    void complain(mail::ListenerKind kind, const std::string& reason) {
        const std::string key = "listen." + std::string{mail::toString(kind)};
        problems_.push_back(config::complaintAbout(config_, key, reason));
    }

    const config::Config& config_;
    const std::vector<ServiceManager::InheritedSocket> inherited_ =
        ServiceManager::inheritedSockets();
    std::vector<BoundPort> ports_;
    std::vector<std::string> problems_;
};

}  // namespace

std::vector<BoundPort> bindPorts(const config::Config& config) {
    Binder binder{config};
    binder.add(mail::ListenerKind::Smtp, config.smtp);
    binder.add(mail::ListenerKind::Submission, config.submission);
    binder.add(mail::ListenerKind::Submissions, config.submissions);
    return std::move(binder).finish();
}

}  // namespace postrider::app
