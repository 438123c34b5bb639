#pragma once

#include "common/base/result.h"
#include "server/config/config.h"

#include <Poco/Net/ServerSocket.h>
#include <cstdint>
#include <string>

namespace postrider::net {

/// A port that is bound and listening: made early, perhaps as root, and handed to a Listener later.
///
/// Never with SO_REUSEPORT, so that a second server on the same port fails instead of stealing half
/// the mail. Close-on-exec. Movable value; closes the port when it goes, unless a Listener has it.
class ListeningSocket {
public:
    /// `:port` listens on both families where the host has IPv6, else on IPv4; an address on just
    /// itself (`[::]` without IPv4). Port 0 takes a free one. Error: address and reason.
    static Result<ListeningSocket, std::string> bind(const config::ListenAddress& address);
    /// Takes over a listening descriptor from systemd. Error: why it cannot be one.
    static Result<ListeningSocket, std::string> adopt(int descriptor);

    [[nodiscard]] std::uint16_t port() const;
    /// "0.0.0.0:25", for logs.
    [[nodiscard]] std::string name() const;

    // For Listener.
    [[nodiscard]] const Poco::Net::ServerSocket& socket() const noexcept { return socket_; }
    /// The accept thread looks up from its wait now. Any thread.
    void wake() noexcept;
    void close() noexcept;

private:
    explicit ListeningSocket(const Poco::Net::ServerSocket& socket) : socket_(socket) {}
    Poco::Net::ServerSocket socket_;  ///< over a ListeningSocketImpl
};

}  // namespace postrider::net
