#pragma once

#include "common/base/deadline.h"
#include "common/base/file_descriptor.h"
#include "server/net/accepted_socket.h"

#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Timespan.h>

namespace postrider::net {

/// The socket that POCO's TCPServer asks for connections, with the accept loop's traps taken out.
///
/// poll() waits with ::poll instead of an epoll descriptor for each call, and takes the connection
/// in: close-on-exec and non-blocking from its first moment. acceptConnection() only hands it over
/// and so never throws, because an exception there would reach POCO's process-wide handler. Out of
/// descriptors, a reserve lets each client in for as long as it takes to tell it; when even that
/// fails, poll() pauses instead of spinning. The accept thread; wake() from any.
class ListeningSocketImpl final : public Poco::Net::ServerSocketImpl {
public:
    /// A descriptor that is bound already, or will be by POCO's bind().
    explicit ListeningSocketImpl(int descriptor);

    bool poll(const Poco::Timespan& timeout, int mode) override;
    Poco::Net::SocketImpl* acceptConnection(Poco::Net::SocketAddress& client) override;
    void wake() noexcept;

    ListeningSocketImpl(const ListeningSocketImpl&) = delete;
    ListeningSocketImpl& operator=(const ListeningSocketImpl&) = delete;

private:
    ~ListeningSocketImpl() override = default;
    bool takeIn(AcceptedSocket::Origin origin);
    bool takeInOnReserve();
    void fillReserve();
    void pause(Deadline until);

    FileDescriptor waker_;
    FileDescriptor reserve_;
    AcceptedSocket::Ptr next_;
};

}  // namespace postrider::net
