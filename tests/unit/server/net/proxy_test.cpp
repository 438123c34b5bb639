#include "tests/unit/server/net/test_server.h"

#include <doctest.h>

using namespace postrider;
using namespace std::chrono_literals;
using test::SmtpTalker;
using test::TestServer;

namespace {

const std::string header = "PROXY TCP4 192.0.2.7 198.51.100.1 50000 25\r\n";

/// A server that takes 127.0.0.1 for a proxy.
TestServer::Options behindProxy() {
    TestServer::Options options;
    options.proxyFrom = {IpNetwork::parse("127.0.0.0/8").value()};
    return options;
}

std::vector<mail::SessionFacts> sessions(const TestServer& server) {
    std::vector<mail::SessionFacts> facts;
    for (const auto& row : server.listeners->connections().list(100))
        facts.push_back(row.facts);
    return facts;
}

}  // namespace

TEST_CASE("the client that a proxy announces is the client, however the header arrives") {
    TestServer server(behindProxy());
    SmtpTalker client(server.endpoint());
    SUBCASE("at once, with a command behind it") {
        client.sayOctets(header + "EHLO client.test\r\n");
        CHECK(client.hear().starts_with("220"));
        CHECK(client.hear().starts_with("250"));
    }
    SUBCASE("octet by octet") {
        for (const char c : header)
            client.sayOctets(std::string(1, c));
        CHECK(client.hear().starts_with("220"));
    }
    const auto facts = sessions(server);
    REQUIRE(facts.size() == 1);
    CHECK(facts[0].client.toString() == "192.0.2.7:50000");
    REQUIRE(facts[0].proxy);
    CHECK(facts[0].proxy->ip.toString() == "127.0.0.1");
    CHECK(server.log.contains("connected session="));
    CHECK(server.log.contains("client=192.0.2.7:50000"));
}

TEST_CASE("the hello of TLS behind a PROXY header stays in the socket") {
    auto options = behindProxy();
    options.withTls = true;
    TestServer server(options);
    const auto tls = server.tlsClient();
    SmtpTalker client(server.endpoint(mail::ListenerKind::Submissions));
    client.sayOctets(header);
    REQUIRE(client.startTls(*tls));
    CHECK(client.hear().starts_with("220"));
    CHECK(sessions(server).at(0).client.toString() == "192.0.2.7:50000");
}

TEST_CASE("a proxy without its header is closed and logged: silent, or speaking SMTP or TLS") {
    auto options = behindProxy();
    std::string reason = "no PROXY header";
    std::string octets;
    SUBCASE("silent") {
        options.timeouts.proxyHeader = 100ms;
        reason = "no PROXY header in time";
    }
    SUBCASE("SMTP") {
        octets = "EHLO client.test\r\n";
    }
    SUBCASE("TLS") {
        octets = "\x16\x03\x01\x02";
    }
    TestServer server(options);
    SmtpTalker client(server.endpoint());
    client.sayOctets(octets);
    CHECK(client.hear() == "<closed>");
    REQUIRE(server.isDeserted());
    CHECK(server.journal.count(journal::Step::Connect, "refused") == 1);
    CHECK(server.journal.decisions().at(0).reason == reason);
    CHECK(server.listeners->admission().sessions() == 0);
}

TEST_CASE("a PROXY header from elsewhere is not believed: it is not SMTP, and ends the session") {
    auto options = behindProxy();
    options.proxyFrom = {IpNetwork::parse("192.0.2.0/24").value()};
    TestServer server(options);
    SmtpTalker client(server.endpoint());
    client.sayOctets(header);
    CHECK(client.hear().starts_with("220"));
    CHECK(client.hear().starts_with("421 4.7.0"));
    CHECK(server.log.contains("client=127.0.0.1:"));
    CHECK(!server.log.contains("client=192.0.2.7"));
}

TEST_CASE("places for one address count the announced one, and the proxy has no limit itself") {
    auto options = behindProxy();
    options.limits = {10, 2};
    TestServer server(options);
    std::vector<std::unique_ptr<SmtpTalker>> clients;
    for (int i = 0; i < 6; ++i) {
        auto& client = clients.emplace_back(std::make_unique<SmtpTalker>(server.endpoint()));
        client->sayOctets("PROXY TCP4 192.0.2." + std::to_string(i / 2) + " 192.0.2.9 1 25\r\n");
        CHECK(client->hear().starts_with("220"));
    }
    SmtpTalker third(server.endpoint());
    third.sayOctets("PROXY TCP4 192.0.2.1 192.0.2.9 1 25\r\n");
    CHECK(third.hear().starts_with("421 4.7.0"));
    CHECK(third.hear() == "<closed>");
    CHECK(clients[2]->ask("QUIT").starts_with("221"));
    SmtpTalker fourth(server.endpoint());
    fourth.sayOctets("PROXY TCP4 192.0.2.1 192.0.2.9 1 25\r\n");
    CHECK(fourth.hear().starts_with("220"));
}

TEST_CASE("trust is the announced client's, never the proxy's own") {
    TestServer server(behindProxy());
    server.relayTrust.use(
        {{IpNetwork::parse("192.0.2.7").value(), IpNetwork::parse("127.0.0.0/8").value()}, {}});
    struct Case {
        std::string header;
        bool trusted;
    };
    const std::vector<Case> cases{
        {"PROXY TCP4 192.0.2.7 192.0.2.9 1 25\r\n", true},
        {"PROXY TCP4 192.0.2.8 192.0.2.9 1 25\r\n", false},
        {"PROXY UNKNOWN\r\n", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.header);
        SmtpTalker client(server.endpoint());
        client.sayOctets(c.header);
        CHECK(client.hear().starts_with("220"));
        CHECK(sessions(server).at(0).trusted == c.trusted);
        client.ask("QUIT");
        REQUIRE(server.isDeserted());
    }
}

TEST_CASE("a listener's rules change for those who come, not for those who are there") {
    auto options = behindProxy();
    options.withTls = true;
    TestServer server(options);
    const auto tls = server.tlsClient();
    SmtpTalker before(server.endpoint());
    before.sayOctets(header);
    CHECK(before.hear().starts_with("220"));

    net::ConnectionOptions rules;
    rules.session.hostname = "new.mx.test";
    rules.session.maxMessageSize = 4096;
    server.listeners->use(rules);
    auto after = server.greeted();
    CHECK(after->ask("EHLO client.test").find("SIZE 4096") != std::string::npos);
    CHECK(before.ask("EHLO client.test").find("SIZE 4096") == std::string::npos);
    SmtpTalker other(server.endpoint(mail::ListenerKind::Submissions));
    other.sayOctets(header);
    REQUIRE(other.startTls(*tls));
    CHECK(other.hear().starts_with("220 mx.test"));
}
