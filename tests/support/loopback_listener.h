#pragma once

#include "common/base/deadline.h"
#include "common/base/file_descriptor.h"
#include "common/base/ip_address.h"
#include "common/net/poco_line_channel.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>

namespace postrider::test {

/// A listening socket of a test: a free port of 127.0.0.1, or a unix socket.
class LoopbackListener {
public:
    LoopbackListener() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        open(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        socklen_t size = sizeof address;
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    explicit LoopbackListener(const std::filesystem::path& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        open(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }

    [[nodiscard]] Endpoint endpoint() const { return {IpAddress::v4({127, 0, 0, 1}), port_}; }
    [[nodiscard]] int descriptor() const { return socket_.get(); }

    /// The next connection, or null when none came in time.
    [[nodiscard]] std::unique_ptr<net::PocoLineChannel> accept(Deadline deadline) const {
        pollfd waiting{socket_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, deadline.pollTimeout()) <= 0) return nullptr;
        const int fd = ::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) return nullptr;
        auto channel =
            std::make_unique<net::PocoLineChannel>(Poco::makeAuto<net::ChannelSocket>(fd));
        channel->setDeadline(deadline);
        return channel;
    }
    /// New connections are refused from now on.
    void close() { socket_.close(); }

private:
    void open(int family, const sockaddr* address, socklen_t size) {
        socket_ = FileDescriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (!socket_ || ::bind(socket_.get(), address, size) != 0 ||
            ::listen(socket_.get(), 16) != 0) {
            throw std::system_error(errno, std::generic_category(), "listening on loopback");
        }
    }

    FileDescriptor socket_;
    std::uint16_t port_ = 0;
};

}  // namespace postrider::test
