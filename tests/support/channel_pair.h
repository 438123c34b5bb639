#pragma once

#include "common/net/poco_line_channel.h"

#include <array>
#include <cerrno>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>

namespace postrider::test {

/// Two ends of one connection inside the process: `ours` as the code under test has it, `peer` as a
/// raw descriptor with which a test can say any octets.
class ChannelPair {
public:
    ChannelPair() {
        std::array<int, 2> fds{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()) != 0) {
            throw std::system_error(errno, std::generic_category(), "socketpair");
        }
        ours = std::make_unique<net::PocoLineChannel>(Poco::makeAuto<net::ChannelSocket>(fds[0]));
        peerSocket = Poco::makeAuto<net::ChannelSocket>(fds[1]);
    }

    /// Waits while the connection is full, for a few seconds at most.
    void peerSays(std::string_view octets) {
        while (!octets.empty()) {
            const auto sent = peerSocket->trySend(octets);
            octets.remove_prefix(sent.octets);
            if (sent.outcome == net::IoAttempt::Outcome::Moved) continue;
            pollfd waiting{peerSocket->sockfd(), POLLOUT, 0};
            constexpr int patience = 5000;
            if (::poll(&waiting, 1, patience) <= 0) throw std::runtime_error("the peer is stuck");
        }
    }
    /// What is there for the peer to read now.
    [[nodiscard]] std::string peerHears() {
        std::string heard;
        std::array<char, 4096> buffer{};
        for (;;) {
            const auto got = peerSocket->tryReceive(buffer);
            if (got.outcome != net::IoAttempt::Outcome::Moved) return heard;
            heard.append(buffer.data(), got.octets);
        }
    }
    void peerCloses() { peerSocket->close(); }
    /// No more octets from the peer, but it goes on reading.
    void peerStopsTalking() { ::shutdown(peerSocket->sockfd(), SHUT_WR); }

    std::unique_ptr<net::PocoLineChannel> ours;
    net::ChannelSocket::Ptr peerSocket;
};

}  // namespace postrider::test
