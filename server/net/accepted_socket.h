#pragma once

#include "common/base/ip_address.h"
#include "common/net/channel_socket.h"
#include "server/net/admission.h"

#include <utility>

namespace postrider::net {

/// A client's socket as the accept thread took it in: knows who the client is, and holds its place
/// among the sessions.
class AcceptedSocket final : public ChannelSocket {
public:
    using Ptr = Poco::AutoPtr<AcceptedSocket>;
    /// How the descriptor was come by.
    enum class Origin {
        Ordinary,
        Reserve,  ///< the process is out of descriptors: this one can only be told so
    };

    AcceptedSocket(poco_socket_t fd, const Endpoint& client, Origin origin)
        : ChannelSocket(fd), client_(client), origin_(origin) {}

    AcceptedSocket(const AcceptedSocket&) = delete;
    AcceptedSocket& operator=(const AcceptedSocket&) = delete;

    [[nodiscard]] const Endpoint& client() const noexcept { return client_; }
    [[nodiscard]] Origin origin() const noexcept { return origin_; }

    /// Decided once, at the door: the octets begin with a PROXY header.
    void expectProxyHeader() noexcept { comesFromProxy_ = true; }
    [[nodiscard]] bool comesFromProxy() const noexcept { return comesFromProxy_; }

    void take(Admission::Ticket place) { place_ = std::move(place); }
    /// The place of a client whom a proxy has announced now.
    Result<Done, Admission::Refusal> identify(const IpAddress& client) {
        return place_.identify(client);
    }
    /// Gives the place back before the connection is closed: who hears the last reply may come
    /// again at once.
    void leavePlace() noexcept { place_.giveBack(); }

private:
    ~AcceptedSocket() override;

    Endpoint client_;
    Origin origin_;
    bool comesFromProxy_ = false;
    Admission::Ticket place_;
};

}  // namespace postrider::net
