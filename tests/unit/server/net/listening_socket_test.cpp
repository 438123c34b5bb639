#include "server/net/listening_socket.h"

#include "common/net/connect.h"
#include "server/net/accepted_socket.h"
#include "tests/support/loopback_listener.h"

#include <Poco/Net/StreamSocket.h>
#include <doctest.h>
#include <fcntl.h>
#include <set>
#include <sys/socket.h>
#include <thread>

using namespace postrider;
using config::ListenAddress;
using net::ListeningSocket;

namespace {

ListenAddress on(const std::string& ip, std::uint16_t port) {
    ListenAddress address{false, {}, port, ip + ":" + std::to_string(port)};
    if (!ip.empty()) address.ip = IpAddress::parse(ip);
    return address;
}

/// Connects, and tells what the listener takes the client for; nothing when it does not answer.
std::string clientSeen(ListeningSocket& listening, const std::string& ip) {
    const auto channel = net::connectTcp({IpAddress::parse(ip).value(), listening.port()},
                                         Deadline::after(std::chrono::seconds{2}));
    if (!channel) return channel.error();
    auto socket = listening.socket();
    if (!socket.poll(Poco::Timespan(2, 0), Poco::Net::Socket::SELECT_READ)) return "nobody";
    const auto accepted = socket.acceptConnection();
    return dynamic_cast<net::AcceptedSocket&>(*accepted.impl()).client().ip.toString();
}

}  // namespace

TEST_CASE("a second server on the same port fails instead of sharing it (SO_REUSEPORT)") {
    const auto first = ListeningSocket::bind(on("127.0.0.1", 0));
    REQUIRE(first);
    const auto address = on("127.0.0.1", first->port());
    const auto second = ListeningSocket::bind(address);
    REQUIRE_FALSE(second);
    CHECK(second.error() == "cannot listen on " + address.text + ": Address already in use");
    int reusePort = 1;
    socklen_t size = sizeof reusePort;
    REQUIRE(::getsockopt(first->socket().impl()->sockfd(), SOL_SOCKET, SO_REUSEPORT, &reusePort,
                         &size) == 0);
    CHECK(reusePort == 0);
}

TEST_CASE("a port without an address takes both families, and an IPv4 client is one (RFC 4291)") {
    auto both = ListeningSocket::bind(on("", 0));
    REQUIRE(both);
    CHECK(clientSeen(*both, "127.0.0.1") == "127.0.0.1");
    CHECK(clientSeen(*both, "::1") == "::1");
}

TEST_CASE("an address takes just itself, so that both wildcards stand side by side") {
    auto v6 = ListeningSocket::bind(on("::", 0));
    REQUIRE(v6);
    CHECK(clientSeen(*v6, "::1") == "::1");
    CHECK(clientSeen(*v6, "127.0.0.1") == "Connection refused");
    auto v4 = ListeningSocket::bind(on("0.0.0.0", v6->port()));
    REQUIRE_MESSAGE(v4, (v4 ? "" : v4.error()));
    CHECK(clientSeen(*v4, "127.0.0.1") == "127.0.0.1");
}

TEST_CASE("an address that is not ours is told with the reason") {
    const auto socket = ListeningSocket::bind(on("192.0.2.77", 2525));
    REQUIRE_FALSE(socket);
    CHECK(socket.error() == "cannot listen on 192.0.2.77:2525: Cannot assign requested address");
}

TEST_CASE("a descriptor of systemd's is adopted if it listens") {
    const test::LoopbackListener theirs;
    auto adopted = ListeningSocket::adopt(::dup(theirs.descriptor()));
    REQUIRE(adopted);
    CHECK(adopted->port() == theirs.endpoint().port);
    CHECK(clientSeen(*adopted, "127.0.0.1") == "127.0.0.1");

    const FileDescriptor other(::socket(AF_INET, SOCK_STREAM, 0));
    const auto refused = ListeningSocket::adopt(other.get());
    REQUIRE_FALSE(refused);
    CHECK(refused.error() ==
          "inherited descriptor " + std::to_string(other.get()) + ": is not a listening socket");
    CHECK_FALSE(ListeningSocket::adopt(9999));
}

TEST_CASE("no descriptor of a listener or its clients is inherited by a child") {
    auto listening = ListeningSocket::bind(on("127.0.0.1", 0));
    REQUIRE(listening);
    const auto channel = net::connectTcp({IpAddress::v4({127, 0, 0, 1}), listening->port()},
                                         Deadline::after(std::chrono::seconds{2}));
    REQUIRE(channel);
    auto socket = listening->socket();
    REQUIRE(socket.poll(Poco::Timespan(2, 0), Poco::Net::Socket::SELECT_READ));
    const auto accepted = socket.acceptConnection();
    for (const int fd : {socket.impl()->sockfd(), accepted.impl()->sockfd()}) {
        CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    }
}

TEST_CASE("wake ends the wait of the accept thread") {
    auto listening = ListeningSocket::bind(on("127.0.0.1", 0));
    REQUIRE(listening);
    auto socket = listening->socket();
    std::jthread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        listening->wake();
    });
    const auto begin = steadyNow();
    CHECK_FALSE(socket.poll(Poco::Timespan(10, 0), Poco::Net::Socket::SELECT_READ));
    CHECK(steadyNow() - begin < std::chrono::seconds{5});
}
