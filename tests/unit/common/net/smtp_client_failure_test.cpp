#include "tests/support/temp_dir.h"
#include "tests/unit/common/net/client_fixture.h"

#include <fstream>
#include <system_error>

using namespace postrider;
using namespace postrider::test;
using Codes = std::vector<int>;
using Protocol = net::SmtpClient::Protocol;
using Then = Turn::Then;

namespace {

const Turn greeting{"", "220 mx.test"};
const Turn plainEhlo{"EHLO", "250 mx.test"};
const Turn pipelining{"EHLO", "250-mx.test\r\n250 PIPELINING"};

}  // namespace

TEST_CASE("a refused MAIL decides for every recipient, with and without pipelining") {
    SUBCASE("step by step nothing follows it") {
        ScriptedPeer peer(
            {greeting, plainEhlo, {"MAIL", "552 5.3.4 too big"}, {"QUIT", "221 bye"}});
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        const auto sent = client.send(envelopeFor({"a@x.test", "b@x.test"}), contentOf(hello));
        REQUIRE(sent);
        CHECK(codesOf(*sent) == Codes{552, 552});
        client.quit();
        CHECK(peer.problem().empty());
    }
    SUBCASE("pipelined the following refusals are not mistaken for it") {
        ScriptedPeer peer({greeting,
                           pipelining,
                           {"MAIL", "451 4.7.1 greylisted"},
                           {"RCPT", "503 5.5.1 no MAIL"},
                           {"RCPT", "503 5.5.1 no MAIL"},
                           {"DATA", "503 5.5.1 no"},
                           {"QUIT", "221 bye"}});
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        const auto sent = client.send(envelopeFor({"a@x.test", "b@x.test"}), contentOf(hello));
        REQUIRE(sent);
        CHECK(codesOf(*sent) == Codes{451, 451});
        client.quit();
        CHECK(peer.problem().empty());
    }
}

TEST_CASE("a 354 though nobody was accepted gets an empty message (RFC 2920 3.1, P-004)") {
    ScriptedPeer peer({greeting,
                       pipelining,
                       {"MAIL", "250 ok"},
                       {"RCPT", "550 5.1.1 no"},
                       {"DATA", "354 go"},
                       {".", "554 5.5.1 no recipients"},
                       {"MAIL", "250 ok"},
                       {"RCPT", "250 ok"},
                       {"DATA", "354 go"},
                       {".", "250 taken"},
                       {"QUIT", ""}});
    auto client = clientOf(peer);
    REQUIRE(client.greet());
    CHECK(codesOf(client.send(envelopeFor({"a@x.test"}), contentOf(hello)).value()) == Codes{550});
    CHECK(codesOf(client.send(envelopeFor({"b@x.test"}), contentOf(hello)).value()) == Codes{250});
    client.quit();
    CHECK(peer.problem().empty());
    CHECK(peer.content() == hello + ".\r\n");
}

TEST_CASE("a transaction that got stuck is reset before the next one") {
    ScriptedPeer peer({greeting,
                       plainEhlo,
                       {"MAIL", "250 ok"},
                       {"RCPT", "550 5.1.1 no"},
                       {"RSET", "250 ok"},
                       {"MAIL", "250 ok"},
                       {"RCPT", "250 ok"},
                       {"DATA", "354 go"},
                       {".", "250 taken"},
                       {"QUIT", ""}});
    auto client = clientOf(peer);
    REQUIRE(client.greet());
    CHECK(codesOf(client.send(envelopeFor({"a@x.test"}), contentOf(hello)).value()) == Codes{550});
    CHECK(codesOf(client.send(envelopeFor({"b@x.test"}), contentOf(hello)).value()) == Codes{250});
    client.quit();
    CHECK(peer.problem().empty());
}

TEST_CASE("odd replies are decided by their first digit, or mean later (C-009, RFC 5321 4.2.1)") {
    struct Case {
        std::string rcpt;
        std::string data;
        std::string content;
        bool fails;  ///< the dialogue, as a whole
        int code;    ///< what the recipient gets otherwise
    };
    const std::vector<Case> cases{
        {"251 forwarded", "354 go", "250 ok", false, 250},
        {"259 odd but positive", "354 go", "299 fine", false, 299},
        {"354 what", "", "", false, 451},
        {"499 odd", "", "", false, 499},
        {"599 odd", "", "", false, 599},
        {"hello", "", "", true, 0},
        {"25 short", "", "", true, 0},
        {"250-a\r\n251 b", "", "", true, 0},
        {"250 ok", "250 no need", "", false, 451},
        {"250 ok", "421 4.3.2 going down", "", false, 421},
        {"250 ok", "554 5.6.0 no", "", false, 554},
        {"250 ok", "354 go", "354 again", false, 451},
        {"250 ok", "354 go", "garbage", true, 0},
        {"250 ok", "354 go", "550 5.7.1 spam", false, 550},
        {"250 ok", "354 go", "452 4.3.1 disk full", false, 452},
    };
    for (const Case& c : cases) {
        CAPTURE(c.rcpt);
        CAPTURE(c.data);
        CAPTURE(c.content);
        std::vector<Turn> script{greeting, plainEhlo, {"MAIL", "250 ok"}, {"RCPT", c.rcpt}};
        if (!c.data.empty()) script.push_back({"DATA", c.data});
        if (!c.content.empty()) script.push_back({".", c.content});
        ScriptedPeer peer(script);
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        const auto sent = client.send(envelopeFor({"a@x.test"}), contentOf(hello));
        CHECK(sent.has_value() == !c.fails);
        if (sent) CHECK(codesOf(*sent) == Codes{c.code});
        client.quit();
    }
}

TEST_CASE("a connection that ends tells where, and is not used again (C-008)") {
    struct Case {
        std::vector<Turn> script;
        std::string where;
    };
    const Turn mailOk{"MAIL", "250 ok"};
    const Turn rcptOk{"RCPT", "250 ok"};
    const std::vector<Case> cases{
        {{greeting, plainEhlo, {"MAIL", "", Then::Close}}, "MAIL"},
        {{greeting, plainEhlo, mailOk, {"RCPT", "", Then::Close}}, "RCPT"},
        {{greeting, plainEhlo, mailOk, rcptOk, {"DATA", "", Then::Close}}, "DATA"},
        {{greeting, plainEhlo, mailOk, rcptOk, {"DATA", "354 go"}, {".", "", Then::Close}},
         "end of data"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.where);
        ScriptedPeer peer(c.script);
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        const auto sent = client.send(envelopeFor({"a@x.test"}), contentOf(hello));
        REQUIRE_FALSE(sent);
        CHECK(sent.error().where == c.where);
        CHECK(sent.error().what == "the peer closed the connection");
        CHECK_FALSE(client.send(envelopeFor({"b@x.test"}), contentOf(hello)));
        client.quit();
    }
}

TEST_CASE("LMTP cut off among its replies: who was answered is decided, the others are for later") {
    ScriptedPeer peer({greeting,
                       {"LHLO", "250 x"},
                       {"MAIL", "250 ok"},
                       {"RCPT", "250 ok"},
                       {"RCPT", "250 ok"},
                       {"RCPT", "250 ok"},
                       {"DATA", "354 go"},
                       {".", "250 2.1.5 first", Then::Close}});
    auto client = clientOf(peer, Protocol::Lmtp);
    REQUIRE(client.greet());
    const auto sent =
        client.send(envelopeFor({"a@x.test", "b@x.test", "c@x.test"}), contentOf(hello));
    REQUIRE(sent);
    CHECK(codesOf(*sent) == Codes{250, 451, 451});
    CHECK_FALSE(client.send(envelopeFor({"b@x.test"}), contentOf(hello)));
}

TEST_CASE("a stalled server does not hold the client beyond its time (C-011)") {
    using std::chrono::seconds;
    struct Case {
        std::vector<Turn> script;
        std::string where;
    };
    const std::vector<Case> cases{
        {{{"", "", Then::Stall}}, "greeting"},
        {{greeting, {"EHLO", "", Then::Stall}}, "EHLO"},
        {{greeting, plainEhlo, {"MAIL", "250-half", Then::Stall}}, "MAIL"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.where);
        const auto begin = steadyNow();
        {
            ScriptedPeer peer(c.script);
            auto client = clientOf(peer, Protocol::Smtp,
                                   {seconds{1}, seconds{1}, seconds{1}, seconds{1}, seconds{1}});
            auto greeted = client.greet();
            if (c.where == "MAIL") {
                REQUIRE(greeted);
                const auto sent = client.send(envelopeFor({"a@x.test"}), contentOf(hello));
                REQUIRE_FALSE(sent);
                CHECK(sent.error().where == c.where);
                CHECK(sent.error().what == "timed out");
            } else {
                REQUIRE_FALSE(greeted);
                CHECK(greeted.error().where == c.where);
                CHECK(greeted.error().what == "timed out");
            }
            client.quit();
        }
        CHECK(steadyNow() - begin < seconds{4});
    }
}

TEST_CASE("a reply with bare line ends or without an end is no reply") {
    for (const std::string& reply : {std::string("250 ok\n"), "250 " + std::string(3000, 'x')}) {
        ScriptedPeer peer({greeting, plainEhlo, {"MAIL", reply}});
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        const auto sent = client.send(envelopeFor({"a@x.test"}), contentOf(hello));
        REQUIRE_FALSE(sent);
        CHECK(sent.error().where == "MAIL");
        client.quit();
    }
}

TEST_CASE("when our file fails in mid-content no end mark is ever sent (S-029)") {
    const TempDir folder;
    const auto file = folder.path() / "content";
    // Large enough that the first look at it, which stops at the first 8-bit octet, does not meet
    // the end.
    const std::string octets = "Subject: x\r\n\r\n\xff\r\n" + std::string(100'000, 'x') + "\r\n";
    std::ofstream(file, std::ios::binary) << octets;
    // More is promised than the file has.
    const auto content = mail::MessageContent::fromFile(file, octets.size() + 1000);
    ScriptedPeer peer({greeting,
                       {"EHLO", "250-x\r\n250 8BITMIME"},
                       {"MAIL", "250 ok"},
                       {"RCPT", "250 ok"},
                       {"DATA", "354 go"},
                       {".", "250 taken"}});
    auto client = clientOf(peer);
    REQUIRE(client.greet());
    CHECK_THROWS_AS(static_cast<void>(client.send(envelopeFor({"a@x.test"}), content)),
                    std::system_error);
    client.quit();
    CHECK(peer.content().size() > 90'000);
    CHECK(peer.received().find("\r\n.\r\n") == std::string::npos);
    CHECK(peer.received().find("QUIT") == std::string::npos);
}
