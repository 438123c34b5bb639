#pragma once

#include "server/net/admission_filter.h"
#include "server/net/connection_registry.h"
#include "server/net/session_services.h"

#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

namespace postrider::net {

/// One client, on a worker thread of the pool. run() is the boundary at which every exception of a
/// session ends: the client hears 421 4.3.0, the log the reason, and nothing reaches POCO's
/// process-wide handler.
class Connection final : public Poco::Net::TCPServerConnection {
public:
    /// All lent; the socket is an AcceptedSocket. Must not throw: POCO would lose the worker's slot
    /// for good.
    Connection(const Poco::Net::StreamSocket& socket, ConnectionRegistry& registry,
               const SessionServices& services, const ConnectionOptions& options)
        : TCPServerConnection(socket),
          registry_(registry),
          services_(services),
          options_(options) {}

    void run() override;

private:
    void serve();

    ConnectionRegistry& registry_;
    const SessionServices& services_;
    const ConnectionOptions& options_;
};

/// Makes the connections of one listener.
class ConnectionFactory final : public Poco::Net::TCPServerConnectionFactory {
public:
    ConnectionFactory(ConnectionRegistry& registry, const SessionServices& services,
                      const ConnectionOptions& options)
        : registry_(registry), services_(services), options_(options) {}

    Poco::Net::TCPServerConnection* createConnection(
        const Poco::Net::StreamSocket& socket) override {
        return new Connection(socket, registry_, services_,
                              options_);  // POCO's contract: it deletes
    }

private:
    ConnectionRegistry& registry_;
    const SessionServices& services_;
    const ConnectionOptions& options_;
};

}  // namespace postrider::net
