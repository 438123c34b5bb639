#include "server/net/listening_socket_impl.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <new>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace postrider::net {

namespace {

/// How long accepting rests when there is no way to take a client in.
constexpr std::chrono::milliseconds rest{100};

Endpoint endpointOf(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        std::array<std::uint8_t, 4> octets{};
        std::memcpy(octets.data(), &v4.sin_addr, octets.size());
        return {IpAddress::v4(octets), ntohs(v4.sin_port)};
    }
    std::array<std::uint8_t, 16> octets{};
    if (address.ss_family != AF_INET6) return {IpAddress::v6(octets), 0};
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
    return {IpAddress::v6(octets), ntohs(v6.sin6_port)};
}

/// Errors of one connection, gone with it; anything else would come again at once.
bool passes(int error) {
    return error == EAGAIN || error == EINTR || error == ECONNABORTED || error == EPROTO ||
           error == EPERM || error == ENETDOWN || error == EHOSTUNREACH || error == ENETUNREACH;
}

}  // namespace

ListeningSocketImpl::ListeningSocketImpl(int descriptor)
    : waker_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    reset(descriptor);
    fillReserve();
}

bool ListeningSocketImpl::poll(const Poco::Timespan& timeout, int /*mode*/) {
    const auto until = Deadline::after(std::chrono::milliseconds{timeout.totalMilliseconds()});
    fillReserve();
    std::array<pollfd, 2> waiting{{{sockfd(), POLLIN, 0}, {waker_.get(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), until.pollTimeout()) <= 0) return false;
    if (waiting[1].revents != 0 || waiting[0].revents == 0) return false;
    if (takeIn(AcceptedSocket::Origin::Ordinary)) return true;
    if (errno == EMFILE || errno == ENFILE) {
        if (takeInOnReserve()) return true;
    }
    if (!passes(errno)) pause(Deadline::after(rest).orSooner(until));
    return false;
}

Poco::Net::SocketImpl* ListeningSocketImpl::acceptConnection(Poco::Net::SocketAddress& /*client*/) {
    // poll() has said yes just before. The caller takes over the second reference, which the
    // analyzer does not see.
    AcceptedSocket* accepted = next_.duplicate();
    next_ = nullptr;
    return accepted;  // NOLINT(clang-analyzer-cplusplus.NewDelete)
}

void ListeningSocketImpl::wake() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(::write(waker_.get(), &one, sizeof one) == sizeof one);
}

/// False with errno.
bool ListeningSocketImpl::takeIn(AcceptedSocket::Origin origin) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    FileDescriptor accepted{::accept4(sockfd(), reinterpret_cast<sockaddr*>(&address), &size,
                                      SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!accepted) return false;
    try {
        next_ = Poco::makeAuto<AcceptedSocket>(accepted.get(), endpointOf(address), origin);
    } catch (const std::bad_alloc&) {
        // TCPServer's loop ends with what poll() throws, and with it the port for good.
        accepted.close();
        errno = ENOMEM;
        return false;
    }
    static_cast<void>(accepted.release());
    return true;
}

bool ListeningSocketImpl::takeInOnReserve() {
    if (!reserve_) return false;
    reserve_.close();
    return takeIn(AcceptedSocket::Origin::Reserve);
}

void ListeningSocketImpl::fillReserve() {
    if (!reserve_) reserve_ = FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void ListeningSocketImpl::pause(Deadline until) {
    pollfd waiting{waker_.get(), POLLIN, 0};
    ::poll(&waiting, 1, until.pollTimeout());
}

}  // namespace postrider::net
