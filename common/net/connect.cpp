#include "common/net/connect.h"

#include "common/net/poco_line_channel.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>

namespace postrider::net {

namespace {

using Connected = Result<std::unique_ptr<LineChannel>, std::string>;

Unexpected<std::string> errnoText(int error) {
    return Unexpected{std::generic_category().message(error)};
}

/// 0, or the errno of the attempt.
int waitConnected(int fd, Deadline deadline) {
    pollfd waiting{fd, POLLOUT, 0};
    for (;;) {
        const int ready = ::poll(&waiting, 1, deadline.pollTimeout());
        if (ready == 0) return ETIMEDOUT;
        if (ready > 0) break;
        if (errno != EINTR) return errno;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

Connected connectTo(const sockaddr* address, socklen_t size, Deadline deadline) {
    const int fd = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return errnoText(errno);
    const auto socket = Poco::makeAuto<ChannelSocket>(fd);  // owns fd from here on
    if (address->sa_family != AF_UNIX) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (::connect(fd, address, size) != 0) {
        if (errno != EINPROGRESS && errno != EINTR) return errnoText(errno);
        if (const int error = waitConnected(fd, deadline); error != 0) return errnoText(error);
    }
    std::unique_ptr<LineChannel> channel = std::make_unique<PocoLineChannel>(socket);
    channel->setDeadline(deadline);
    return channel;
}

}  // namespace

Connected connectTcp(const Endpoint& peer, Deadline deadline) {
    if (peer.ip.isV4()) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(peer.port);
        std::memcpy(&address.sin_addr, peer.ip.octets().data(), sizeof address.sin_addr);
        return connectTo(reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline);
    }
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(peer.port);
    std::memcpy(&address.sin6_addr, peer.ip.octets().data(), sizeof address.sin6_addr);
    return connectTo(reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline);
}

Connected connectUnix(const std::filesystem::path& socket, Deadline deadline) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto& path = socket.native();
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return Unexpected{std::string("not a usable path for a unix socket")};
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return connectTo(reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline);
}

}  // namespace postrider::net
