#include "server/net/proxy_reader.h"

#include <array>
#include <cerrno>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <system_error>

namespace postrider::net {

namespace {

/// What has arrived, up to the header's limit, and how much of it was taken out of the socket.
struct Arrived {
    std::array<char, proxyHeaderLimit> octets{};
    std::size_t taken = 0;
};

Result<Done, std::string> waitForOctets(int fd, Deadline deadline) {
    pollfd waiting{fd, POLLIN, 0};
    for (;;) {
        const int ready = ::poll(&waiting, 1, deadline.pollTimeout());
        if (ready > 0) return Done{};
        if (ready == 0) return Unexpected{std::string("no PROXY header in time")};
        if (errno != EINTR) return Unexpected{std::generic_category().message(errno)};
    }
}

/// The octets there are now, behind those taken before; nothing yet is 0.
Result<std::size_t, std::string> receive(int fd, Arrived& arrived, std::size_t most, int flags) {
    const auto got = ::recv(fd, arrived.octets.data() + arrived.taken, most, flags);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return Unexpected{std::string("closed before the PROXY header was complete")};
    if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
    return Unexpected{std::generic_category().message(errno)};
}

}  // namespace

Result<ProxyHeader, std::string> readProxyHeader(const ChannelSocket& socket, Deadline deadline) {
    const int fd = socket.sockfd();
    Arrived arrived;
    for (;;) {
        if (auto ready = waitForOctets(fd, deadline); !ready) return Unexpected{ready.error()};
        const auto room = arrived.octets.size() - arrived.taken;
        const auto seen = receive(fd, arrived, room, MSG_PEEK);
        if (!seen) return Unexpected{seen.error()};
        const std::string_view known{arrived.octets.data(), arrived.taken + *seen};
        const auto parse = parseProxyHeader(known);
        if (const auto* wrong = std::get_if<ProxyHeaderMalformed>(&parse)) {
            return Unexpected{wrong->reason};
        }
        // All of an unfinished header is taken too, or poll() would announce it again at once.
        const auto* header = std::get_if<ProxyHeader>(&parse);
        const auto most = header != nullptr ? header->size - arrived.taken : *seen;
        const auto taken = most == 0 ? std::size_t{0} : receive(fd, arrived, most, 0);
        if (!taken) return Unexpected{taken.error()};
        arrived.taken += *taken;
        if (header != nullptr && arrived.taken == header->size) return *header;
    }
}

}  // namespace postrider::net
