#pragma once

#include "server/net/admission.h"
#include "server/net/connection_registry.h"
#include "server/net/listening_socket.h"
#include "server/net/session_services.h"

#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>
#include <cstdint>
#include <string>

namespace postrider::net {

/// One port being served: POCO's TCPServer, with the admission at its door.
///
/// Construction does not accept yet. start() and stop() from one thread.
class Listener {
public:
    /// All but the socket and the options are lent, and outlive the listener's last session.
    struct Parts {
        const SessionServices& services;
        Admission& admission;
        ConnectionRegistry& registry;
        Poco::ThreadPool& workers;
    };
    Listener(ListeningSocket socket, ConnectionOptions options, const Parts& parts);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    void start();
    /// No more clients: the accept thread has ended and the port is closed. Sessions go on.
    void stop();
    /// For the connections that come from now on; of the kind it was made for. Any thread.
    void use(ConnectionOptions options);

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] mail::ListenerKind kind() const noexcept { return kind_; }

private:
    const mail::ListenerKind kind_;
    CurrentOptions options_;
    ListeningSocket socket_;
    const std::string name_;
    const std::uint16_t port_;
    Poco::Net::TCPServer server_;
    bool running_ = false;
};

}  // namespace postrider::net
