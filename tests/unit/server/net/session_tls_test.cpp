#include "tests/unit/server/net/test_server.h"

#include <doctest.h>

using namespace postrider;
using namespace std::chrono_literals;
using test::SmtpTalker;
using test::TestServer;

namespace {

TestServer::Options withTls() {
    TestServer::Options options;
    options.withTls = true;
    return options;
}

}  // namespace

TEST_CASE(
    "STARTTLS: what was said before is forgotten, what comes after is protected (T-002, T-004)") {
    TestServer server(withTls());
    const auto tls = server.tlsClient();
    auto client = server.greeted();
    CHECK(client->ask("EHLO client.test").find("STARTTLS") != std::string::npos);
    CHECK(client->ask("STARTTLS").starts_with("220"));
    const auto shaken = client->startTls(*tls);
    REQUIRE(shaken);
    CHECK(shaken->peer.chainValid);
    CHECK(client->ask("MAIL FROM:<>").starts_with("503"));
    CHECK(client->ask("EHLO client.test").find("STARTTLS") == std::string::npos);
    client->askToSend("bob@mx.test");
    CHECK(client->ask("text\r\n.").starts_with("250"));
    const auto accepted = server.reception.accepted();
    REQUIRE(accepted.size() == 1);
    REQUIRE(accepted[0].facts.tls);
    CHECK(accepted[0].facts.tls->version == "TLSv1.3");
    CHECK(server.journal.count(journal::Step::Tls, "accepted") == 1);
    const auto rows = server.listeners->connections().list(1);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].facts.tls.has_value());
}

TEST_CASE("commands behind STARTTLS never run: refused and closed (T-003, STARTTLS injection)") {
    TestServer server(withTls());
    for (const std::string injected : {"NOOP\r\n", "MAIL FROM:<evil@x.test>\r\n", "x"}) {
        CAPTURE(injected);
        auto client = server.greeted();
        client->ask("EHLO client.test");
        client->sayOctets("STARTTLS\r\n" + injected);
        CHECK(client->hear().starts_with("554 5.5.1"));
        CHECK(client->hear() == "<closed>");
    }
    REQUIRE(server.isDeserted());
    CHECK(server.journal.count(journal::Step::Tls, "accepted") == 0);
}

TEST_CASE("clear text in place of the hello ends the session, nothing is answered (T-007)") {
    TestServer server(withTls());
    auto client = server.greeted();
    client->ask("EHLO client.test");
    CHECK(client->ask("STARTTLS").starts_with("220"));
    client->sayOctets("MAIL FROM:<evil@x.test>\r\n");
    // An alert may come, a reply may not.
    CHECK(client->hear().find("250") == std::string::npos);
    REQUIRE(server.isDeserted());
    CHECK(server.journal.count(journal::Step::Tls, "failed") == 1);
}

TEST_CASE(
    "a listener for TLS from the first octet shakes hands before the greeting (RFC 8314 3.3)") {
    TestServer server(withTls());
    const auto tls = server.tlsClient();
    SmtpTalker client(server.endpoint(mail::ListenerKind::Submissions));
    REQUIRE(client.startTls(*tls));
    CHECK(client.hear().starts_with("220 mx.test"));
    CHECK(client.ask("EHLO client.test").find("AUTH") != std::string::npos);

    SmtpTalker plain(server.endpoint(mail::ListenerKind::Submissions));
    plain.sayOctets("EHLO client.test\r\n");
    CHECK(plain.hear().find("220") == std::string::npos);
}

TEST_CASE(
    "TLS that ends inside the content ends the session, and clear text is never read (T-007)") {
    TestServer server(withTls());
    const auto tls = server.tlsClient();
    auto client = server.greeted();
    client->ask("EHLO client.test");
    client->ask("STARTTLS");
    REQUIRE(client->startTls(*tls));
    CHECK(client->askToSend("bob@mx.test").starts_with("354"));
    client->sayOctets("half a message\r\n");
    const std::string_view clear = "rest\r\n.\r\n";
    ::send(client->descriptor(), clear.data(), clear.size(), MSG_NOSIGNAL);
    REQUIRE(server.isDeserted());
    CHECK(server.reception.accepted().empty());
}

TEST_CASE("new certificates serve new sessions, an open session goes on with its own") {
    TestServer server(withTls());
    const auto oldClient = server.tlsClient();
    auto open = server.greeted();
    open->ask("EHLO client.test");

    const auto newer = test::makeCertificate(server.folder.path(), "newer", {"mx.test"});
    server.tls = net::TlsServer::create({newer}).value();
    const auto newClient = std::move(net::TlsClient::create(newer.chain).value());

    CHECK(open->ask("STARTTLS").starts_with("220"));
    CHECK(open->startTls(*oldClient)->peer.chainValid);
    auto next = server.greeted();
    next->ask("EHLO client.test");
    next->ask("STARTTLS");
    CHECK(next->startTls(*newClient)->peer.chainValid);
}

TEST_CASE("without a certificate STARTTLS is not offered") {
    TestServer server;
    auto client = server.greeted();
    CHECK(client->ask("EHLO client.test").find("STARTTLS") == std::string::npos);
    CHECK(client->ask("STARTTLS")[0] != '2');
}
