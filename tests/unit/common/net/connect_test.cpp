#include "common/net/connect.h"

#include "tests/support/loopback_listener.h"
#include "tests/support/temp_dir.h"

#include <doctest.h>
#include <fcntl.h>
#include <netinet/tcp.h>

using namespace postrider;

namespace {

Deadline soon() {
    return Deadline::after(std::chrono::seconds{5});
}

}  // namespace

TEST_CASE("a TCP connection carries lines both ways, close-on-exec and without Nagle's delay") {
    const test::LoopbackListener listener;
    auto channel = net::connectTcp(listener.endpoint(), soon());
    REQUIRE(channel);
    const auto peer = listener.accept(soon());
    REQUIRE(peer);
    REQUIRE(peer->write("220 hello\r\n"));
    REQUIRE(peer->flush());
    CHECK(channel.value()->readLine(512).value() == "220 hello");

    const int fd = dynamic_cast<net::PocoLineChannel&>(**channel).socket()->sockfd();
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    int noDelay = 0;
    socklen_t size = sizeof noDelay;
    REQUIRE(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &noDelay, &size) == 0);
    CHECK(noDelay != 0);
}

TEST_CASE("a closed port is a reason, not an exception") {
    test::LoopbackListener listener;
    const auto endpoint = listener.endpoint();
    listener.close();
    const auto channel = net::connectTcp(endpoint, soon());
    REQUIRE_FALSE(channel);
    CHECK(channel.error() == "Connection refused");
}

TEST_CASE("a unix socket is connected by its path, and a missing or impossible one is a reason") {
    const test::TempDir folder;
    const test::LoopbackListener listener(folder.path() / "lmtp");
    CHECK(net::connectUnix(folder.path() / "lmtp", soon()));

    const auto missing = net::connectUnix(folder.path() / "none", soon());
    REQUIRE_FALSE(missing);
    CHECK(missing.error() == "No such file or directory");
    const auto tooLong = net::connectUnix(std::string(200, 'x'), soon());
    REQUIRE_FALSE(tooLong);
    CHECK(tooLong.error() == "not a usable path for a unix socket");
}
