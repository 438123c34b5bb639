#include "server/app/bound_ports.h"

#include "server/app/configuration_refused.h"
#include "server/app/service_manager.h"

#include <string>
#include <utility>

namespace postrider::app {

namespace {

/// Collects ports and complaints while it goes through the listen keys.
class Binder {
public:
    void add(mail::ListenerKind kind, const std::vector<config::ListenAddress>& addresses) {
        for (const auto& address : addresses) {
            if (address.systemd) {
                adopt(kind);
            } else {
                keep(kind, address.text, net::ListeningSocket::bind(address));
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
            keep(kind, "systemd", net::ListeningSocket::adopt(inherited.fd));
        }
        if (!found) {
            problems_.push_back("listen." + std::string{mail::toString(kind)} +
                                " = systemd: no socket named " + std::string{mail::toString(kind)} +
                                " was passed; its .socket unit needs FileDescriptorName=" +
                                std::string{mail::toString(kind)});
        }
    }

    void keep(mail::ListenerKind kind, const std::string& text,
              Result<net::ListeningSocket, std::string> socket) {
        if (socket) {
            ports_.push_back({kind, *std::move(socket)});
        } else {
            problems_.push_back("listen." + std::string{mail::toString(kind)} + " = " + text + ": " +
                                socket.error());
        }
    }

    const std::vector<ServiceManager::InheritedSocket> inherited_ =
        ServiceManager::inheritedSockets();
    std::vector<BoundPort> ports_;
    std::vector<std::string> problems_;
};

}  // namespace

std::vector<BoundPort> bindPorts(const config::Config& config) {
    Binder binder;
    binder.add(mail::ListenerKind::Smtp, config.smtp);
    binder.add(mail::ListenerKind::Submission, config.submission);
    binder.add(mail::ListenerKind::Submissions, config.submissions);
    return std::move(binder).finish();
}

}  // namespace postrider::app
