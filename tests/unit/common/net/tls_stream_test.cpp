// A TLS connection in use. Each defect of POCO's SecureSocketImpl, in whose place TlsSocket stands,
// has its case here.
#include "tests/support/openssl_noise.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_certificate.h"
#include "tests/unit/common/net/tls_handshake.h"

#include <cerrno>
#include <chrono>
#include <doctest.h>
#include <thread>

using namespace postrider;
using namespace std::chrono_literals;

namespace {

/// Both ends of a connection in TLS.
struct Connection {
    Connection() { REQUIRE(shaken.atClient); }

    [[nodiscard]] net::LineChannel& server() const { return *shaken.serverEnd; }
    [[nodiscard]] net::LineChannel& client() const { return *shaken.clientEnd; }

    test::TempDir folder;
    net::CertificateFiles files = test::makeCertificate(folder.path(), "mx", {"mx.test"});
    std::shared_ptr<net::TlsServer> tlsServer = test::serverWith({files});
    std::unique_ptr<net::TlsClient> tlsClient = test::clientTrusting(files.chain);
    test::Handshake shaken{*tlsServer, *tlsClient, "mx.test"};
};

/// How long a read takes that nobody answers, with 1500 ms to do it in.
SteadyTime::duration timeToGiveUp(net::LineChannel& channel) {
    const auto begin = steadyNow();
    channel.setDeadline(Deadline::after(1500ms));
    CHECK(channel.readLine(512).error() == net::ChannelError::TimedOut);
    return steadyNow() - begin;
}

}  // namespace

TEST_CASE("a wait for TLS takes its time, not twice its time (SecureSocketImpl: timeouts)") {
    const Connection connection;
    const auto took = timeToGiveUp(connection.server());
    CHECK(took >= 1500ms);
    CHECK(took < 2800ms);
}

TEST_CASE("records of one octet do not restart the deadline (SecureSocketImpl: timeouts)") {
    const Connection connection;
    const std::jthread drip([&](const std::stop_token& stop) {
        while (!stop.stop_requested() && connection.client().write("x") &&
               connection.client().flush()) {
            std::this_thread::sleep_for(20ms);
        }
    });
    CHECK(timeToGiveUp(connection.server()) < 2800ms);
}

TEST_CASE("an OpenSSL error that somebody else left in this thread does not hit a connection") {
    const Connection connection;
    SUBCASE("that waits for input") {
        // Once something has come, OpenSSL is asked before the wait.
        REQUIRE(connection.server().write("220 mx.test\r\n"));
        REQUIRE(connection.server().flush());
        CHECK(connection.client().readLine(512).value() == "220 mx.test");
        REQUIRE(test::leaveOpensslError());
        CHECK(timeToGiveUp(connection.client()) < 2800ms);
    }
    SUBCASE("that waits for room to write") {
        connection.server().setDeadline(Deadline::after(200ms));
        REQUIRE(test::leaveOpensslError());
        const std::string much(std::size_t{16} * 1024 * 1024, 'x');
        CHECK(connection.server().write(much).error() == net::ChannelError::TimedOut);
    }
    SUBCASE("whose peer says goodbye") {
        connection.client().close();
        REQUIRE(test::leaveOpensslError());
        CHECK(connection.server().readLine(512).error() == net::ChannelError::Closed);
    }
}

TEST_CASE("an EINTR left over does not make a read at the end spin (SecureSocketImpl: EINTR)") {
    const Connection connection;
    connection.client().close();
    connection.server().setDeadline(test::soon());
    for (int i = 0; i < 3; ++i) {
        errno = EINTR;
        CHECK(connection.server().readLine(512).error() == net::ChannelError::Closed);
    }
}

TEST_CASE("an end without close_notify is an end (SecureSocketImpl: an exception)") {
    const Connection connection;
    connection.client().abort();
    connection.server().setDeadline(test::soon());
    CHECK(connection.server().readLine(512).error() == net::ChannelError::Closed);
}

TEST_CASE("whose reading was ended can still send a last reply, and then hears the end") {
    const Connection connection;
    connection.server().endReading();
    CHECK(connection.server().readLine(512).error() == net::ChannelError::Closed);
    REQUIRE(connection.server().write("421 4.3.2 bye\r\n"));
    REQUIRE(connection.server().flush());
    CHECK(connection.client().readLine(512).value() == "421 4.3.2 bye");

    connection.client().close();
    CHECK(connection.server().readLine(512).error() == net::ChannelError::Closed);
}
