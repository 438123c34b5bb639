#pragma once

#include "common/net/poco_line_channel.h"
#include "server/net/accepted_socket.h"
#include "server/net/connection_registry.h"
#include "server/net/session_services.h"

#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <memory>
#include <string_view>
#include <utility>

namespace postrider::net {

/// One client, on a worker thread of the pool. run() is the boundary at which every exception of a
/// session ends: the client hears 421 4.3.0, the log the reason, and nothing reaches POCO's
/// process-wide handler.
class Connection final : public Poco::Net::TCPServerConnection {
public:
    /// Lent but for the options, which the connection keeps as they are when it begins; the socket
    /// is an AcceptedSocket. Must not throw: POCO would lose the worker's slot for good.
    Connection(const Poco::Net::StreamSocket& socket, ConnectionRegistry& registry,
               const SessionServices& services, std::shared_ptr<const ConnectionOptions> options)
        : TCPServerConnection(socket),
          registry_(registry),
          services_(services),
          options_(std::move(options)) {}

    void run() override;

private:
    /// What a connection has of its client; lent.
    struct Guest {
        AcceptedSocket& socket;
        PocoLineChannel& channel;
        ConnectionRegistry::Entry& entry;
    };
    void serve(AcceptedSocket::Ptr accepted);
    void converse(const Guest& guest, const mail::SessionFacts& facts);
    void refuse(const Guest& guest, const mail::SessionFacts& facts, std::string_view reason);
    void refuseOneTooMany(const Guest& guest, const mail::SessionFacts& facts);

    ConnectionRegistry& registry_;
    const SessionServices& services_;
    const std::shared_ptr<const ConnectionOptions>
        options_;  ///< owners: the listener, until a reload, and its connections
};

/// Makes the connections of one listener.
class ConnectionFactory final : public Poco::Net::TCPServerConnectionFactory {
public:
    ConnectionFactory(ConnectionRegistry& registry, const SessionServices& services,
                      const CurrentOptions& options)
        : registry_(registry), services_(services), options_(options) {}

    Poco::Net::TCPServerConnection* createConnection(
        const Poco::Net::StreamSocket& socket) override {
        return new Connection(socket, registry_, services_,
                              options_.get());  // POCO's contract: it deletes
    }

private:
    ConnectionRegistry& registry_;
    const SessionServices& services_;
    const CurrentOptions& options_;
};

}  // namespace postrider::net
