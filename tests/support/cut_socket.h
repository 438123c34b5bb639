#pragma once

#include "common/net/channel_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace postrider::test {

/// The socket of a client that says what it was given in pieces, each received on its own, and then
/// ends the connection; keeps what it was told. No network, no other thread, no waiting.
class CutSocket final : public net::ChannelSocket {
public:
    using Ptr = Poco::AutoPtr<CutSocket>;

    static Ptr make(std::deque<std::string> pieces) {
        std::array<int, 2> fds{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()) != 0) {
            throw std::system_error(errno, std::generic_category(), "socketpair");
        }
        ::close(fds[1]);  // so ::poll says at once that something can be read
        return {new CutSocket(fds[0], std::move(pieces))};
    }

    net::IoAttempt tryReceive(std::span<char> buffer) override {
        if (pieces_.empty()) return {net::IoAttempt::Outcome::Closed};
        auto& piece = pieces_.front();
        const auto size = std::min(buffer.size(), piece.size());
        std::copy_n(piece.begin(), size, buffer.begin());
        piece.erase(0, size);
        if (piece.empty()) pieces_.pop_front();
        return {net::IoAttempt::Outcome::Moved, size};
    }
    net::IoAttempt trySend(std::string_view octets) override {
        told_ += octets;
        return {net::IoAttempt::Outcome::Moved, octets.size()};
    }
    [[nodiscard]] const std::string& told() const { return told_; }

private:
    CutSocket(int fd, std::deque<std::string> pieces)
        : ChannelSocket(fd), pieces_(std::move(pieces)) {
        std::erase_if(pieces_, [](const auto& piece) { return piece.empty(); });
    }
    ~CutSocket() override = default;

    std::deque<std::string> pieces_;
    std::string told_;
};

}  // namespace postrider::test
