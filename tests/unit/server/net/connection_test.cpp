#include "tests/unit/server/net/test_server.h"

#include <doctest.h>
#include <sys/socket.h>
#include <thread>

using namespace postrider;
using namespace std::chrono_literals;
using test::SharedReception;
using test::SmtpTalker;
using test::TestServer;

namespace {

const std::string opening =
    "EHLO client.test\r\nMAIL FROM:<alice@client.test>\r\nRCPT TO:<bob@mx.test>\r\nDATA\r\n";

std::string heardCodes(SmtpTalker& client, int replies) {
    std::string codes;
    for (int i = 0; i < replies; ++i)
        codes += client.hear().substr(0, 3) + ' ';
    return codes;
}

/// Sends an octet every few milliseconds until it goes: no wait of the server's ever ends by
/// itself.
std::jthread dripInto(const SmtpTalker& client) {
    return std::jthread([fd = client.descriptor()](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            ::send(fd, "N", 1, MSG_NOSIGNAL);
            std::this_thread::sleep_for(5ms);
        }
    });
}

}  // namespace

TEST_CASE("a message goes from the wire to the reception, and both ends of it are in the log") {
    TestServer server;
    auto client = server.greeted();
    CHECK(client->askToSend("bob@mx.test").starts_with("354"));
    CHECK(client->ask("Subject: x\r\n\r\n..dot\r\n.").starts_with("250 2.0.0"));
    CHECK(client->ask("QUIT").starts_with("221"));
    CHECK(client->hear() == "<closed>");
    const auto accepted = server.reception.accepted();
    REQUIRE(accepted.size() == 1);
    CHECK(accepted[0].body == "Subject: x\r\n\r\n.dot\r\n");
    CHECK(accepted[0].facts.client.ip.toString() == "127.0.0.1");
    CHECK(accepted[0].facts.id.size() == 14);
    REQUIRE(server.isDeserted());
    CHECK(server.journal.count(journal::Step::Connect, "accepted") == 1);
    CHECK(server.log.count("connected") >= 1);
    CHECK(server.log.contains("disconnected"));
    CHECK(server.log.contains("Goodbye"));
}

TEST_CASE(
    "everything in one packet is answered in order, two messages long (P-001, P-002, P-006)") {
    TestServer server;
    auto client = server.greeted();
    const std::string transaction = "MAIL FROM:<>\r\nRCPT TO:<bob@mx.test>\r\nDATA\r\n";
    client->sayOctets("EHLO x.test\r\n" + transaction + "one\r\n.\r\n" + transaction +
                      "two\r\n.\r\nRSET\r\nQUIT\r\n");
    CHECK(heardCodes(*client, 11) == "250 250 250 354 250 250 250 354 250 250 221 ");
    CHECK(client->hear() == "<closed>");
    CHECK(server.reception.accepted().size() == 2);

    auto flood = server.greeted();
    std::string resets;
    for (int i = 0; i < 500; ++i)
        resets += "RSET\r\n";
    flood->sayOctets(resets);
    for (int i = 0; i < 500; ++i)
        REQUIRE(flood->hear().starts_with("250"));
}

TEST_CASE("large content is a spool file: kept when queued, gone when refused or cut off") {
    TestServer server;
    const std::string content = std::string(100'000, 'x') + "\r\n.";
    auto client = server.greeted();
    client->askToSend("bob@mx.test");
    CHECK(client->ask(content).starts_with("250"));
    REQUIRE(server.spooled().size() == 1);
    CHECK(server.reception.accepted().front().file == server.spooled().front());
    CHECK(std::filesystem::file_size(server.spooled().front()) == 100'002);

    server.reception.mood = SharedReception::Mood::Refuse;
    client->askToSend("bob@mx.test");
    CHECK(client->ask(content).starts_with("550 5.7.1"));
    CHECK(server.spooled().size() == 1);
    CHECK(server.journal.count(journal::Step::Content, "refused") +
              server.journal.count(journal::Step::Content, "rejected") ==
          1);

    client->askToSend("bob@mx.test");
    client->sayOctets(std::string(100'000, 'x'));
    client->reset();
    REQUIRE(server.isDeserted());
    CHECK(server.spooled().size() == 1);
}

TEST_CASE("a message that is too big is refused after its end, and the dialogue goes on") {
    TestServer::Options options;
    options.maxMessageSize = 10'000;
    TestServer server(options);
    auto client = server.greeted();
    client->askToSend("bob@mx.test");
    CHECK(client->ask(std::string(100'000, 'x') + "\r\n.").starts_with("552 5.3.4"));
    CHECK(client->askToSend("bob@mx.test").starts_with("354"));
    CHECK(client->ask("small\r\n.").starts_with("250"));
    CHECK(server.reception.accepted().size() == 1);
}

TEST_CASE("slow drips are cut by absolute deadlines, with a 421 (S-060; slow drip)") {
    TestServer::Options options;
    options.timeouts.farewell = 200ms;
    SUBCASE("silence") {
        options.timeouts.command = 100ms;
        TestServer server(options);
        auto client = server.greeted();
        CHECK(client->hear().starts_with("421 4.4.2"));
        CHECK(client->hear() == "<closed>");
        REQUIRE(server.isDeserted());
        CHECK(server.log.contains("timed out"));
    }
    SUBCASE("a command, octet by octet") {
        options.timeouts.command = 300ms;
        TestServer server(options);
        auto client = server.greeted();
        const auto drip = dripInto(*client);
        CHECK(client->hear().starts_with("421 4.4.2"));
        REQUIRE(server.isDeserted());
        CHECK(server.log.contains("timed out"));
    }
    options.timeouts.session = 1s;
    SUBCASE("commands that are quick enough, for ever") {
        TestServer server(options);
        auto client = server.greeted();
        std::string heard = "250";
        while (heard.starts_with("250")) {
            heard = client->ask("NOOP");
            std::this_thread::sleep_for(20ms);
        }
        CHECK(heard.starts_with("421 4.4.2"));
        REQUIRE(server.isDeserted());
        CHECK(server.log.contains("session too long"));
    }
    SUBCASE("content, octet by octet") {
        TestServer server(options);
        auto client = server.greeted();
        CHECK(client->askToSend("bob@mx.test").starts_with("354"));
        const auto drip = dripInto(*client);
        CHECK(client->hear().starts_with("421 4.4.2"));
        CHECK(server.reception.accepted().empty());
        REQUIRE(server.isDeserted());
        CHECK(server.log.contains("session too long"));
    }
}

TEST_CASE("bare line ends: the client hears why, though it goes on sending, and nothing runs") {
    TestServer server;
    SUBCASE("in a command") {
        auto client = server.greeted();
        client->sayOctets("EHLO x.test\nMAIL FROM:<>\r\n");
        CHECK(client->hear().starts_with("500 5.5.2"));
        CHECK(client->hear() == "<closed>");
    }
    SUBCASE("in content, as a smuggled end") {
        auto client = server.greeted();
        client->askToSend("bob@mx.test");
        client->sayOctets("text\r\n.\nMAIL FROM:<evil@x.test>\r\n" + std::string(50'000, 'x'));
        std::this_thread::sleep_for(20ms);
        client->sayOctets(std::string(50'000, 'x'));
        CHECK(client->hear().starts_with("521 5.5.2"));
        CHECK(client->hear() == "<closed>");
        CHECK(server.reception.accepted().empty());
    }
}

TEST_CASE("a client that half-closes still hears every reply") {
    TestServer server;
    auto client = server.greeted();
    client->sayOctets(opening + "text\r\n.\r\n");
    client->stopTalking();
    CHECK(heardCodes(*client, 5) == "250 250 250 354 250 ");
    CHECK(client->hear() == "<closed>");
    CHECK(server.reception.accepted().size() == 1);
}

TEST_CASE("what a port throws ends one session with 421 4.3.0, and the server goes on") {
    TestServer server;
    server.reception.mood = SharedReception::Mood::Throw;
    for (int i = 0; i < 20; ++i) {
        auto client = server.greeted();
        client->askToSend("bob@mx.test");
        CHECK(client->ask("text\r\n.").starts_with("421 4.3.0"));
        CHECK(client->hear() == "<closed>");
    }
    server.reception.mood = SharedReception::Mood::Accept;
    auto client = server.greeted();
    client->askToSend("bob@mx.test");
    CHECK(client->ask("text\r\n.").starts_with("250"));
    CHECK(server.log.count("session-failed") == 20);
    CHECK(server.log.contains("the world is broken"));
}

TEST_CASE("refusals are journalled with their step and the address they are about") {
    TestServer server;
    auto client = server.greeted();
    client->ask("EHLO client.test");
    client->ask("MAIL FROM:<alice@client.test>");
    CHECK(client->ask("RCPT TO:<nobody@mx.test>").starts_with("550 5.1.1"));
    CHECK(client->ask("RCPT TO:<x@elsewhere.test>").starts_with("5"));
    CHECK(client->ask("MAIL FROM:<twice@x.test>").starts_with("503"));
    const auto& decisions = server.journal.decisions();
    std::vector<std::pair<journal::Step, std::string>> refused;
    for (const auto& decision : decisions) {
        if (!decision.reason.empty() && decision.reason.find('5') != std::string::npos) {
            refused.emplace_back(decision.step, decision.address);
        }
    }
    const std::vector<std::pair<journal::Step, std::string>> expected{
        {journal::Step::Rcpt, "nobody@mx.test"},
        {journal::Step::Rcpt, "x@elsewhere.test"},
        {journal::Step::Mail, "twice@x.test"}};
    CHECK(refused == expected);
}

TEST_CASE("a large message in chunks is one spool file, which RSET and a lost client take away") {
    TestServer server;
    auto client = server.greeted();
    client->ask("EHLO client.test");
    const auto begin = [&client] {
        client->ask("MAIL FROM:<alice@client.test>");
        client->ask("RCPT TO:<bob@mx.test>");
        client->sayOctets("BDAT 100000\r\n" + std::string(100'000, 'x'));
        return client->hear();
    };
    CHECK(begin().starts_with("250 2.0.0"));
    CHECK(server.spooled().size() == 1);
    CHECK(client->ask("RSET").starts_with("250"));
    CHECK(server.spooled().empty());

    CHECK(begin().starts_with("250 2.0.0"));
    CHECK(client->ask("BDAT 0 LAST").starts_with("250 2.0.0 Queued"));
    REQUIRE(server.spooled().size() == 1);
    CHECK(server.reception.accepted().front().file == server.spooled().front());
    CHECK(std::filesystem::file_size(server.spooled().front()) == 100'002);

    CHECK(begin().starts_with("250 2.0.0"));
    CHECK(server.spooled().size() == 2);
    client->sayOctets("BDAT 100000 LAST\r\nonly so much");
    client->reset();
    REQUIRE(server.isDeserted());
    CHECK(server.spooled().size() == 1);
}

TEST_CASE("a client that speaks TLS to a plain port hears nothing, and the journal why") {
    TestServer server;
    auto client = server.greeted();
    client->sayOctets("\x16\x03\x01\x02\x00\x01\n\r\nMAIL FROM:<>\r\n");
    CHECK(client->hear() == "<closed>");
    REQUIRE(server.isDeserted());
    CHECK(server.log.contains("TLS where plain text was expected"));
}

TEST_CASE("who speaks before the greeting is remarked on, and refused only where that is wished") {
    TestServer::Options options;
    options.connection.greetingDelay = 5s;
    SUBCASE("remarked on") {
        TestServer server(options);
        SmtpTalker client(server.endpoint());
        CHECK(client.ask("EHLO client.test").starts_with("220 "));
        CHECK(client.hear().starts_with("250"));
        CHECK(server.journal.count(journal::Step::Connect, "suspicious") == 1);
    }
    SUBCASE("refused") {
        options.connection.session.refuseEarlyTalkers = true;
        TestServer server(options);
        SmtpTalker client(server.endpoint());
        CHECK(client.ask("EHLO client.test").starts_with("554 "));
        CHECK(client.hear().starts_with("503 5.5.1"));
    }
    SUBCASE("who waits is greeted behind the delay, and who leaves meanwhile was no talker") {
        options.connection.greetingDelay = 50ms;
        options.connection.session.refuseEarlyTalkers = true;
        TestServer server(options);
        const auto begin = steadyNow();
        auto client = server.greeted();
        CHECK(steadyNow() - begin >= 50ms);
        CHECK(client->ask("EHLO client.test").starts_with("250"));
        SmtpTalker gone(server.endpoint());
        gone.stopTalking();
        CHECK(gone.hear().starts_with("220 "));
        CHECK(server.journal.count(journal::Step::Connect, "suspicious") == 0);
    }
}

TEST_CASE("a name that is not the client's own is in the journal, and costs it nothing") {
    TestServer server;
    auto client = server.greeted();
    CHECK(client->ask("EHLO 127.0.0.1").starts_with("250"));
    CHECK(client->ask("EHLO client.test").starts_with("250"));
    CHECK(server.journal.count(journal::Step::Ehlo, "suspicious") == 1);
}
