#include "server/net/listening_socket.h"

#include "server/net/listening_socket_impl.h"

#include <Poco/Exception.h>
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace postrider::net {

namespace {

using Poco::Net::SocketAddress;
using ImplPtr = Poco::AutoPtr<ListeningSocketImpl>;

/// POCO's own default of 64 overflows as soon as a few hundred clients come at once.
constexpr int backlog = 1024;

enum class Family { V4, V6Only, Dual };

/// Lets POCO's ServerSocket stand on a socket of ours.
class WrappedServerSocket final : public Poco::Net::ServerSocket {
public:
    /// Shares the socket.
    explicit WrappedServerSocket(ImplPtr impl) : ServerSocket(impl.duplicate(), true) {}
};

/// Throws what POCO throws, or std::system_error.
ImplPtr open(Family family, const SocketAddress& address) {
    const int fd = ::socket(family == Family::V4 ? AF_INET : AF_INET6,
                            SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) throw std::system_error(errno, std::generic_category());
    auto impl = Poco::makeAuto<ListeningSocketImpl>(fd);
    // The last `false` but one is SO_REUSEPORT, which POCO sets unless told not to.
    if (family == Family::V4) {
        impl->bind(address, true, false);
    } else {
        impl->bind6(address, true, false, family == Family::V6Only);
    }
    impl->listen(backlog);
    return impl;
}

bool hostHasV6() {
    const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const FileDescriptor closer(fd);
    return fd >= 0;
}

ImplPtr openFor(const config::ListenAddress& address) {
    if (address.ip) {
        const auto family = address.ip->isV4() ? Family::V4 : Family::V6Only;
        return open(family, SocketAddress(address.ip->toString(), address.port));
    }
    if (hostHasV6()) return open(Family::Dual, SocketAddress("::", address.port));
    return open(Family::V4, SocketAddress("0.0.0.0", address.port));
}

}  // namespace

Result<ListeningSocket, std::string> ListeningSocket::bind(const config::ListenAddress& address) {
    const auto refused = [&](const std::string& why) {
        return Unexpected{"cannot listen on " + address.text + ": " + why};
    };
    try {
        return ListeningSocket(WrappedServerSocket(openFor(address)));
    } catch (const Poco::Exception& problem) {
        const int error = problem.code();
        return refused(error != 0 ? std::generic_category().message(error) : problem.displayText());
    } catch (const std::system_error& problem) {
        return refused(problem.code().message());
    }
}

Result<ListeningSocket, std::string> ListeningSocket::adopt(int descriptor) {
    const auto refused = [&](const std::string& why) {
        return Unexpected{"inherited descriptor " + std::to_string(descriptor) + ": " + why};
    };
    int listening = 0;
    socklen_t size = sizeof listening;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0) {
        return refused(std::generic_category().message(errno));
    }
    if (listening == 0) return refused("is not a listening socket");
    int domain = 0;
    size = sizeof domain;
    ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    if (domain != AF_INET && domain != AF_INET6) return refused("is not a TCP socket");
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0 ||
        ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0) {
        return refused(std::generic_category().message(errno));
    }
    return ListeningSocket(WrappedServerSocket(Poco::makeAuto<ListeningSocketImpl>(descriptor)));
}

std::uint16_t ListeningSocket::port() const {
    return socket_.address().port();
}

std::string ListeningSocket::name() const {
    return socket_.address().toString();
}

void ListeningSocket::wake() noexcept {
    static_cast<ListeningSocketImpl*>(socket_.impl())->wake();
}

void ListeningSocket::close() noexcept {
    socket_.impl()->close();
}

}  // namespace postrider::net
