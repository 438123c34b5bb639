#include "tests/support/temp_dir.h"
#include "tests/support/test_certificate.h"
#include "tests/unit/common/net/client_fixture.h"

#include <fstream>
#include <set>
#include <string>

using namespace postrider;
using namespace postrider::test;
using Codes = std::vector<int>;
using Protocol = net::SmtpClient::Protocol;
using Then = Turn::Then;

TEST_CASE("a transaction: greeting, EHLO, MAIL, RCPT, DATA, content, QUIT") {
    ScriptedPeer peer({{"", "220 mx.test ESMTP ready"},
                       {"EHLO client.test", "250-mx.test\r\n250-SIZE 1000000\r\n250 HELP"},
                       {"MAIL FROM:<alice@client.test> SIZE=26\r\n", "250 2.1.0 ok"},
                       {"RCPT TO:<bob@mx.test>\r\n", "250 2.1.5 ok"},
                       {"DATA\r\n", "354 go"},
                       {".", "250 2.0.0 taken as 42"},
                       {"QUIT\r\n", "221 bye"}});
    auto client = clientOf(peer);
    const auto greeted = client.greet();
    REQUIRE(greeted);
    CHECK(greeted->code == 250);
    CHECK(client.peerName() == "mx.test");
    CHECK(client.offers("SIZE"));
    CHECK(client.parameterOf("SIZE") == "1000000");
    CHECK_FALSE(client.offers("PIPELINING"));
    const auto sent = client.send(envelopeFor({"bob@mx.test"}), contentOf(hello));
    REQUIRE(sent);
    CHECK(sent->recipients.front().toString() == "250 2.0.0 taken as 42");
    client.quit();
    CHECK(peer.problem().empty());
    CHECK(peer.content() == hello + ".\r\n");
}

TEST_CASE("with PIPELINING the whole opening leaves at once, DATA last (P-007, RFC 2920 3.1)") {
    // The peer answers nothing before it has seen DATA: a client that waited would never get on.
    ScriptedPeer peer(
        {{"", "220 mx.test"},
         {"EHLO", "250-mx.test\r\n250 pipelining"},
         {"MAIL", ""},
         {"RCPT TO:<a@", ""},
         {"RCPT TO:<b@", ""},
         {"RCPT TO:<c@", ""},
         {"DATA", "250 ok\r\n250 a\r\n550 5.1.1 b unknown\r\n450 4.2.1 c later\r\n354 go"},
         {".", "250 taken"},
         {"QUIT", ""}});
    auto client = clientOf(peer);
    REQUIRE(client.greet());
    const auto sent =
        client.send(envelopeFor({"a@mx.test", "b@mx.test", "c@mx.test"}), contentOf(hello));
    REQUIRE(sent);
    CHECK(codesOf(*sent) == Codes{250, 550, 450});
    client.quit();
    CHECK(peer.problem().empty());
}

TEST_CASE("two hundred and fifty pipelined recipients each get their reply") {
    std::vector<std::string> recipients;
    std::vector<Turn> script{
        {"", "220 mx.test"}, {"EHLO", "250-mx.test\r\n250 PIPELINING"}, {"MAIL", "250 ok"}};
    for (int i = 0; i < 250; ++i) {
        recipients.push_back("user" + std::to_string(i) + "@mx.test");
        script.push_back({"RCPT", i % 2 == 0 ? "250 ok" : "452 4.5.3 too many"});
    }
    script.insert(script.end(), {{"DATA", "354 go"}, {".", "250 taken"}});
    ScriptedPeer peer(script);
    auto client = clientOf(peer);
    REQUIRE(client.greet());
    const auto sent = client.send(envelopeFor(recipients), contentOf(hello));
    REQUIRE(sent);
    REQUIRE(sent->recipients.size() == 250);
    for (std::size_t i = 0; i < 250; ++i) {
        CHECK(sent->recipients[i].code == (i % 2 == 0 ? 250 : 452));
    }
    client.quit();
    CHECK(peer.problem().empty());
}

TEST_CASE("a server that does not know EHLO is spoken to with HELO (C-015, RFC 5321 4.1.1.1)") {
    ScriptedPeer peer({{"", "220 old.test"},
                       {"EHLO", "502 what"},
                       {"HELO client.test", "250 old.test"},
                       {"MAIL FROM:<alice@client.test>\r\n", "250 ok"},
                       {"RCPT", "250 ok"},
                       {"DATA", "354 go"},
                       {".", "250 taken"}});
    auto client = clientOf(peer);
    const auto greeted = client.greet();
    REQUIRE(greeted);
    CHECK(greeted->code == 250);
    const auto sent = client.send(envelopeFor({"bob@old.test"}), contentOf(hello));
    REQUIRE(sent);
    CHECK(codesOf(*sent) == Codes{250});
    client.quit();
    CHECK(peer.problem().empty());
}

TEST_CASE("a refused connection or EHLO is told by its reply") {
    ScriptedPeer full(std::vector<Turn>{{"", "421 4.3.2 full"}});
    CHECK(clientOf(full).greet()->toString() == "421 4.3.2 full");
    ScriptedPeer unwilling(std::vector<Turn>{{"", "554 5.7.1 go away"}});
    CHECK(clientOf(unwilling).greet()->code == 554);
    ScriptedPeer later(std::vector<Turn>{{"", "220 hi"}, {"EHLO", "451 4.3.0 not now"}});
    CHECK(clientOf(later).greet()->code == 451);
}

TEST_CASE("LMTP: LHLO, and a reply to the content for each accepted recipient (RFC 2033 4.2)") {
    ScriptedPeer peer({{"", "220 lmtp.test"},
                       {"LHLO client.test", "250-lmtp.test\r\n250 PIPELINING"},
                       {"MAIL", "250 ok"},
                       {"RCPT", "250 ok"},
                       {"RCPT", "550 5.1.1 unknown"},
                       {"RCPT", "250 ok"},
                       {"DATA", "354 go"},
                       {".", "250 2.1.5 first\r\n452 4.2.2 second is full"},
                       {"QUIT", ""}});
    auto client = clientOf(peer, Protocol::Lmtp);
    REQUIRE(client.greet());
    const auto sent =
        client.send(envelopeFor({"a@x.test", "b@x.test", "c@x.test"}), contentOf(hello));
    REQUIRE(sent);
    CHECK(codesOf(*sent) == Codes{250, 550, 452});
    client.quit();
    CHECK(peer.problem().empty());
}

TEST_CASE("LMTP over a unix socket works alike") {
    const TempDir folder;
    ScriptedPeer peer({{"", "220 l"},
                       {"LHLO", "250 l"},
                       {"MAIL", "250 ok"},
                       {"RCPT", "250 ok"},
                       {"DATA", "354 go"},
                       {".", "250 taken"}},
                      folder.path() / "lmtp");
    auto channel =
        net::connectUnix(folder.path() / "lmtp", Deadline::after(std::chrono::seconds{5}));
    REQUIRE(channel);
    net::SmtpClient client(std::move(*channel), Protocol::Lmtp, "client.test",
                           Deadline::after(std::chrono::seconds{5}));
    REQUIRE(client.greet());
    const auto sent = client.send(envelopeFor({"a@x.test"}), contentOf(hello));
    REQUIRE(sent);
    CHECK(codesOf(*sent) == Codes{250});
}

TEST_CASE("content in a file is streamed, only CRLF leaves and dots are stuffed (C-012, C-013)") {
    const TempDir folder;
    std::string stored = "Subject: x\r\n\r\n";
    std::string wire = stored;
    for (int i = 0; i < 20'000; ++i) {
        stored += ".line\nnext\rlast\r\n";
        wire += "..line\r\nnext\r\nlast\r\n";
    }
    stored += "no end";
    wire += "no end\r\n.\r\n";
    const auto file = folder.path() / "content";
    std::ofstream(file, std::ios::binary) << stored;
    ScriptedPeer peer({{"", "220 mx"},
                       {"EHLO", "250 mx"},
                       {"MAIL", "250 ok"},
                       {"RCPT", "250 ok"},
                       {"DATA", "354 go"},
                       {".", "250 taken"}});
    auto client = clientOf(peer);
    REQUIRE(client.greet());
    const auto sent = client.send(
        envelopeFor({"bob@mx.test"}),
        mail::MessageContent::fromFile(file, stored.size()).withPrepended("Received: here\r\n"));
    REQUIRE(sent);
    client.quit();
    CHECK(peer.content() == "Received: here\r\n" + wire);
}

TEST_CASE(
    "8BITMIME and SMTPUTF8 are said when needed, and their absence refuses for good (B-003, "
    "I-005)") {
    const std::string utf8Header =
        "Subject: Gr\xc3\xbc\xc3\x9f"
        "e\r\n\r\nx\r\n";
    const std::string utf8Body =
        "Subject: x\r\n\r\nGr\xc3\xbc\xc3\x9f"
        "e\r\n";
    const std::string everything = "250-mx\r\n250-8BITMIME\r\n250 SMTPUTF8";
    struct Case {
        std::string ehlo;
        std::string content;
        std::string recipient;
        bool smtputf8;
        std::string mail;    ///< what MAIL must be, or empty when nothing may be said
        std::string status;  ///< of the refusal made by us
    };
    const std::string mail = "MAIL FROM:<alice@client.test>";
    const std::vector<Case> cases{
        {everything, hello, "b@mx.test", false, mail + "\r\n", ""},
        {everything, hello, "b@mx.test", true, mail + "\r\n", ""},
        {everything, utf8Body, "b@mx.test", false, mail + " BODY=8BITMIME\r\n", ""},
        {everything, utf8Header, "b@mx.test", true, mail + " BODY=8BITMIME SMTPUTF8\r\n", ""},
        {everything, hello, "b\xc3\xbc@mx.test", true, mail + " SMTPUTF8\r\n", ""},
        {"250 mx", hello, "b@mx.test", true, mail + "\r\n", ""},
        {"250 mx", hello,
         "b@b\xc3\xbc"
         "cher.test",
         true, mail + "\r\n", ""},
        {"250 mx", utf8Body, "b@mx.test", false, "", "5.6.3"},
        {"250-mx\r\n250 8BITMIME", utf8Header, "b@mx.test", true, "", "5.6.7"},
        {"250 mx", hello, "b\xc3\xbc@mx.test", true, "", "5.6.7"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.ehlo);
        CAPTURE(c.content);
        CAPTURE(c.recipient);
        std::vector<Turn> script{{"", "220 mx"}, {"EHLO", c.ehlo}};
        if (!c.mail.empty()) {
            script.insert(
                script.end(),
                {{c.mail, "250 ok"}, {"RCPT", "250 ok"}, {"DATA", "354 go"}, {".", "250 taken"}});
        }
        script.push_back({"QUIT", ""});
        ScriptedPeer peer(script);
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        auto envelope = envelopeFor({c.recipient});
        envelope.parameters.smtputf8 = c.smtputf8;
        const auto sent = client.send(envelope, contentOf(c.content));
        REQUIRE(sent);
        if (c.mail.empty()) {
            CHECK(sent->recipients.front().isPermanent());
            CHECK(sent->recipients.front().status->toString() == c.status);
        } else {
            CHECK(codesOf(*sent) == Codes{250});
        }
        client.quit();
        CHECK(peer.problem().empty());
    }
}

TEST_CASE("DSN parameters and REQUIRETLS are said to a peer that offers them, and to no other") {
    mail::Envelope envelope = envelopeFor({"bob@mx.test", "carol@mx.test"});
    envelope.parameters.ret = mail::Ret::Full;
    envelope.parameters.envid = "E1";
    envelope.parameters.requireTls = true;
    envelope.recipients[0].parameters = {std::set<mail::NotifyOn>{}, {{"rfc822", "b+c@x.test"}}};
    for (const bool offered : {true, false}) {
        CAPTURE(offered);
        ScriptedPeer peer(
            {{"", "220 mx"},
             {"EHLO", offered ? "250-mx\r\n250-REQUIRETLS\r\n250 DSN" : "250 mx"},
             {offered ? "MAIL FROM:<alice@client.test> REQUIRETLS RET=FULL ENVID=E1\r\n"
                      : "MAIL FROM:<alice@client.test>\r\n",
              "250 ok"},
             {offered ? "RCPT TO:<bob@mx.test> NOTIFY=NEVER ORCPT=rfc822;b+2Bc@x.test\r\n"
                      : "RCPT TO:<bob@mx.test>\r\n",
              "250 ok"},
             {"RCPT TO:<carol@mx.test>\r\n", "250 ok"},
             {"DATA", "354 go"},
             {".", "250 taken"},
             {"QUIT", ""}});
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        REQUIRE(client.send(envelope, contentOf(hello)));
        client.quit();
        CHECK(peer.problem().empty());
    }
}

TEST_CASE("binary content leaves by BDAT as it is, or not at all (RFC 3030 2, 3)") {
    using namespace std::string_literals;
    const std::string binary = "Subject: x\r\n\r\n.\nbare\0\xff octets\r\n"s;
    auto envelope = envelopeFor({"a@mx.test", "b@mx.test"});
    envelope.parameters.body = mail::BodyType::BinaryMime;
    const std::string able = "250-mx\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250 PIPELINING";
    const std::string mail = "MAIL FROM:<alice@client.test> BODY=BINARYMIME\r\n";
    const std::string bdat = "BDAT " + std::to_string(binary.size()) + " LAST\r\n";

    SUBCASE("to a peer that takes it") {
        ScriptedPeer peer({{"", "220 mx"},
                           {"EHLO", able},
                           {mail, "250 ok"},
                           {"RCPT", "250 ok"},
                           {"RCPT", "550 5.1.1 unknown"},
                           {bdat, ""},
                           {"Subject: x", ""},
                           {"\r\n", ""},
                           {".\nbare", "250 2.0.0 taken"},
                           {"MAIL", "250 ok"},
                           {"RCPT", "250 ok"},
                           {"RCPT", "250 ok"},
                           {"DATA", "354 go"},
                           {".", "250 taken"},
                           {"QUIT", ""}});
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        const auto sent = client.send(envelope, contentOf(binary));
        REQUIRE(sent);
        CHECK(codesOf(*sent) == Codes{250, 550});
        envelope.parameters.body = mail::BodyType::SevenBit;
        CHECK(client.send(envelope, contentOf(hello)));
        client.quit();
        CHECK(peer.problem().empty());
        CHECK(peer.received().find(bdat + binary + "MAIL") != std::string::npos);
    }
    SUBCASE("a refusal of the content decides for all") {
        ScriptedPeer peer({{"", "220 mx"},
                           {"EHLO", able},
                           {mail, "250 ok"},
                           {"RCPT", "250 ok"},
                           {"RCPT", "250 ok"},
                           {bdat, ""},
                           {"Subject: x", ""},
                           {"\r\n", ""},
                           {".\nbare", "554 5.6.0 no"},
                           {"QUIT", ""}});
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        const auto sent = client.send(envelope, contentOf(binary));
        REQUIRE(sent);
        CHECK(codesOf(*sent) == Codes{554, 554});
        client.quit();
        CHECK(peer.problem().empty());
    }
    SUBCASE("nobody accepted: nothing is sent, RSET before the next") {
        ScriptedPeer peer({{"", "220 mx"},
                           {"EHLO", able},
                           {mail, "250 ok"},
                           {"RCPT", "550 no"},
                           {"RCPT", "450 later"},
                           {"RSET", "250 ok"},
                           {mail, "451 busy"},
                           {"RCPT", "503 no"},
                           {"RCPT", "503 no"},
                           {"QUIT", ""}});
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        auto sent = client.send(envelope, contentOf(binary));
        REQUIRE(sent);
        CHECK(codesOf(*sent) == Codes{550, 450});
        sent = client.send(envelope, contentOf(binary));
        REQUIRE(sent);
        CHECK(codesOf(*sent) == Codes{451, 451});
        client.quit();
        CHECK(peer.problem().empty());
    }
    SUBCASE("LMTP: a reply to the chunk for each accepted recipient") {
        ScriptedPeer peer({{"", "220 mx"},
                           {"LHLO", able},
                           {mail, "250 ok"},
                           {"RCPT", "250 ok"},
                           {"RCPT", "250 ok"},
                           {bdat, ""},
                           {"Subject: x", ""},
                           {"\r\n", ""},
                           {".\nbare", "250 a\r\n452 4.2.2 b is full"},
                           {"QUIT", ""}});
        auto client = clientOf(peer, Protocol::Lmtp);
        REQUIRE(client.greet());
        const auto sent = client.send(envelope, contentOf(binary));
        REQUIRE(sent);
        CHECK(codesOf(*sent) == Codes{250, 452});
        client.quit();
        CHECK(peer.problem().empty());
    }
    SUBCASE("not to a peer that does not") {
        for (const std::string ehlo :
             {"250-mx\r\n250-8BITMIME\r\n250 CHUNKING", "250-mx\r\n250 BINARYMIME"}) {
            CAPTURE(ehlo);
            ScriptedPeer peer({{"", "220 mx"}, {"EHLO", ehlo}, {"QUIT", ""}});
            auto client = clientOf(peer);
            REQUIRE(client.greet());
            const auto sent = client.send(envelope, contentOf(binary));
            REQUIRE(sent);
            CHECK(codesOf(*sent) == Codes{554, 554});
            CHECK(sent->recipients[0].status->toString() == "5.6.3");
            client.quit();
            CHECK(peer.problem().empty());
        }
    }
}

TEST_CASE("STARTTLS: EHLO again inside, and clear text that came with the 220 is dropped (T-008)") {
    const TempDir folder;
    const auto files = makeCertificate(folder.path(), "mx", {"mx.test"});
    const auto server = net::TlsServer::create({files}).value();
    const auto tls = std::move(net::TlsClient::create(files.chain).value());

    SUBCASE("a handshake") {
        ScriptedPeer peer({{"", "220 mx.test"},
                           {"EHLO", "250-mx.test\r\n250-STARTTLS\r\n250 CLEARONLY"},
                           {"STARTTLS", "220 go", Then::StartTls},
                           {"EHLO", "250-mx.test\r\n250 INSIDE"},
                           {"MAIL", "250 ok"},
                           {"RCPT", "250 ok"},
                           {"DATA", "354 go"},
                           {".", "250 taken"}},
                          server);
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        REQUIRE(client.offers("STARTTLS"));
        const auto shaken = client.startTls(*tls, "mx.test");
        REQUIRE(shaken);
        CHECK(shaken->peer.chainValid);
        CHECK(shaken->peer.nameMatches);
        CHECK(client.offers("INSIDE"));
        CHECK_FALSE(client.offers("CLEARONLY"));
        CHECK(client.send(envelopeFor({"bob@mx.test"}), contentOf(hello)));
        client.quit();
        CHECK(peer.problem().empty());
        CHECK(peer.content() == hello + ".\r\n");
    }
    SUBCASE("an injected answer") {
        ScriptedPeer peer({{"", "220 mx.test"},
                           {"EHLO", "250-mx.test\r\n250 STARTTLS"},
                           {"STARTTLS", "220 go\r\n250-evil.test\r\n250 INJECTED", Then::StartTls},
                           {"EHLO", "250-mx.test\r\n250 INSIDE"}},
                          server);
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        REQUIRE(client.startTls(*tls, "mx.test"));
        CHECK(client.offers("INSIDE"));
        CHECK_FALSE(client.offers("INJECTED"));
    }
    SUBCASE("454") {
        ScriptedPeer peer(
            {{"", "220 mx.test"}, {"EHLO", "250 STARTTLS"}, {"STARTTLS", "454 4.7.0 no"}});
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        const auto shaken = client.startTls(*tls, "mx.test");
        REQUIRE_FALSE(shaken);
        CHECK(shaken.error().where == "STARTTLS");
        CHECK(shaken.error().what == "454 4.7.0 no");
    }
    SUBCASE("a handshake that fails") {
        ScriptedPeer peer(
            {{"", "220 mx.test"}, {"EHLO", "250 STARTTLS"}, {"STARTTLS", "220 go", Then::Close}});
        auto client = clientOf(peer);
        REQUIRE(client.greet());
        const auto shaken = client.startTls(*tls, "mx.test");
        REQUIRE_FALSE(shaken);
        CHECK(shaken.error().where == "TLS handshake");
    }
}
