#include "common/base/text.h"
#include "tests/unit/server/reception/reception_fixture.h"

#include <doctest/doctest.h>

namespace postrider::test {

TEST_CASE(
    "an accepted message is in the queue with its envelope, octets and one Received (RFC 5321 4.4, "
    "S-041, S-063)") {
    ReceptionFixture f;
    const auto id = f.accept(simpleMessage);
    REQUIRE(id);
    REQUIRE(f.queue.messages().size() == 1);
    const queue::NewMessage stored = f.queue.messages().front();
    CHECK(stored.id == *id);
    CHECK(stored.reversePath.toString() == "alice@sender.test");
    CHECK(stored.originIp == "192.0.2.7");
    CHECK(stored.ehlo == "client.example");
    CHECK(stored.listener == "smtp");
    CHECK(stored.sessionId == f.facts.id);
    CHECK(stored.expiresAt - stored.receivedAt == std::chrono::hours{120});
    REQUIRE(stored.recipients.size() == 1);
    CHECK(stored.recipients[0].courier == "local");
    CHECK(stored.recipients[0].nextHop == "example.test");
    CHECK(f.queuedOctets() ==
          "Received: from client.example ([192.0.2.7])\r\n"
          "\tby mx.example.test with ESMTPS (TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n"
          "\tid " +
              id->toString() +
              "\r\n"
              "\tfor <bob@example.test>;\r\n"
              "\tSat, 21 Nov 2026 12:00:00 +0000\r\n" +
              std::string{simpleMessage});
    CHECK(f.wakeUps == 1);
    CHECK(f.log.count("queued id=" + id->toString()) == 1);
    CHECK(f.journal.count(journal::Step::Route, "routed") == 1);
    CHECK(f.journal.count(journal::Step::Queue, "accepted") == 1);
}

TEST_CASE("an authenticated client's address is nowhere in the message (U-009)") {
    ReceptionFixture f;
    f.authenticate();
    REQUIRE(f.accept(simpleMessage));
    const std::string octets = f.queuedOctets();
    CHECK(octets.find("192.0.2.7") == std::string::npos);
    CHECK(octets.find("client.example") == std::string::npos);
    CHECK(octets.find("with ESMTPSA") != std::string::npos);
}

TEST_CASE("with two recipients the Received field names neither (RFC 5321 7.2, S-043)") {
    ReceptionFixture f;
    f.envelope.recipients.push_back({forwardPath("carol@example.test"), {}});
    REQUIRE(f.accept(simpleMessage));
    CHECK(f.queuedOctets().find("for <") == std::string::npos);
}

TEST_CASE(
    "only a submission is given the Date and Message-ID that it lacks (RFC 6409 8.2, 8.3, U-006)") {
    struct Case {
        const char* text;
        bool submission;
        std::size_t dates;
        std::size_t ids;
    };
    const Case cases[] = {
        {"From: a@b.test\r\n\r\nx\r\n", true, 1, 1},
        {"From: a@b.test\r\n\r\nx\r\n", false, 0, 0},
        {"Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n\r\nx\r\n", true, 1, 1},
        {"MESSAGE-ID: <1@b.test>\r\n\r\nx\r\n", true, 1, 1},
        {"\r\nno header at all\r\n", true, 1, 1},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CAPTURE(c.submission);
        ReceptionFixture f;
        if (c.submission) f.authenticate();
        REQUIRE(f.accept(c.text));
        const auto header =
            mail::HeaderSection::parse(f.queue.messages().at(0).content.headerSection());
        CHECK(header.count("Date") == c.dates);
        CHECK(header.count("Message-ID") == c.ids);
        CHECK(header.fields().front().name == "Received");
        CHECK(f.queuedOctets().ends_with(c.text));
    }
}

TEST_CASE("a text without header stays body under the fields put in front of it") {
    ReceptionFixture f;
    REQUIRE(f.accept("Hello Bob, no header here.\r\nBye\r\n"));
    const auto header =
        mail::HeaderSection::parse(f.queue.messages().at(0).content.headerSection());
    CHECK(header.wellFormed());
    CHECK(header.fields().size() == 1);
    CHECK(f.queuedOctets().ends_with("\r\n\r\nHello Bob, no header here.\r\nBye\r\n"));
}

TEST_CASE("a message that came through too many servers is refused (RFC 5321 6.3, S-058)") {
    struct Case {
        int hops;
        bool accepted;
    };
    for (const Case& c : {Case{95, true}, Case{100, true}, Case{101, false}, Case{400, false}}) {
        CAPTURE(c.hops);
        ReceptionFixture f;
        std::string octets;
        for (int i = 0; i < c.hops; ++i)
            octets += "Received: from a by b; Sat, 21 Nov 2026 12:00:00 +0000\r\n";
        const auto answer = f.accept(octets + std::string{simpleMessage});
        CHECK(answer.has_value() == c.accepted);
        if (!answer) {
            CHECK(answer.error().code == 554);
            CHECK(answer.error().status == mail::EnhancedStatus{5, 4, 6});
            CHECK(f.queue.messages().empty());
            CHECK(f.journal.count(journal::Step::Content, "refused") == 1);
            CHECK(f.wakeUps == 0);
        }
    }
}

TEST_CASE(
    "a submission with two From fields is refused, a stranger's is passed on (RFC 5321 6.4)") {
    const std::string twoAuthors = "From: a@b.test\r\nfrom: c@d.test\r\n\r\nx\r\n";
    ReceptionFixture stranger;
    CHECK(stranger.accept(twoAuthors));
    ReceptionFixture user;
    user.authenticate();
    const auto answer = user.accept(twoAuthors);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == 554);
}

TEST_CASE("results that claim our name go, others and the rest of the message stay (RFC 8601 5)") {
    const std::string forged =
        "Authentication-Results: MX.Example.Test\r\n\t(really) 1; spf=pass\r\n"
        "From: alice@sender.test\r\n"
        "Authentication-Results: mx.other.test; spf=fail\r\n"
        "authentication-results: \"mx.example.test\"; dkim=pass\r\n"
        "Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n"
        "Message-ID: <1@sender.test>\r\n\r\nAuthentication-Results: mx.example.test; body\r\n";
    const std::string kept =
        "From: alice@sender.test\r\n"
        "Authentication-Results: mx.other.test; spf=fail\r\n"
        "Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n"
        "Message-ID: <1@sender.test>\r\n\r\nAuthentication-Results: mx.example.test; body\r\n";
    for (const bool submission : {false, true}) {
        CAPTURE(submission);
        ReceptionFixture f;
        if (submission) f.authenticate();
        REQUIRE(f.accept(forged));
        const std::string octets = f.queuedOctets();
        CHECK(octets.starts_with("Received: "));
        CHECK(octets.ends_with("+0000\r\n" + kept));
        CHECK(f.journal.count(journal::Step::Content, "mended") == 1);
    }
}

TEST_CASE("of many forged results not one is left (RFC 8601 5, CVE-2022-48521, H-008)") {
    ReceptionFixture f;
    std::string octets;
    for (int i = 0; i < 8; ++i)
        octets += "Authentication-Results: mx.example.test; spf=pass\r\n";
    octets += "From: alice@sender.test\r\n";
    for (int i = 0; i < 100; ++i)
        octets += "authentication-results:mx.example.test;\r\n dkim=pass header.d=bank.test\r\n";
    REQUIRE(f.accept(octets + "\r\ntext\r\n"));
    CHECK(f.queuedOctets().find("=pass") == std::string::npos);
    CHECK(f.queuedOctets().ends_with("+0000\r\nFrom: alice@sender.test\r\n\r\ntext\r\n"));
}

TEST_CASE("content mended in the spool can be changed by a hook again, and one file is left") {
    ReceptionFixture f;
    const std::string large =
        "Authentication-Results: mx.example.test; spf=pass\r\n"
        "Subject: big\r\n\r\n" +
        std::string(200'000, 'x') + "\r\n";
    const auto file = f.folder.write("spooled", large);
    f.gatekeeper.answer.edits = {mail::RemoveHeader{"Subject", 0}};
    REQUIRE(f.accept(mail::MessageContent::fromFile(file, large.size())));
    CHECK(f.queuedOctets().ends_with("\r\n\r\n" + std::string(200'000, 'x') + "\r\n"));
    CHECK(f.queuedOctets().find("spf=pass") == std::string::npos);
    CHECK(f.queuedOctets().find("Subject") == std::string::npos);
    CHECK(std::distance(std::filesystem::directory_iterator{f.folder.path()}, {}) == 1);
}

TEST_CASE("only a submission loses Return-Path and the line of an mbox file (RFC 5321 4.4)") {
    const std::string text = "From alice Sat Nov 21 12:00:00 2026\r\nReturn-Path: <x@y.test>\r\n" +
                             std::string{simpleMessage};
    ReceptionFixture stranger;
    REQUIRE(stranger.accept(text));
    CHECK(stranger.queuedOctets().ends_with("\r\n" + text));
    CHECK(stranger.journal.count(journal::Step::Content, "tolerated") == 1);
    CHECK(stranger.journal.count(journal::Step::Content, "mended") == 0);
    ReceptionFixture user;
    user.authenticate();
    REQUIRE(user.accept(text));
    CHECK(user.queuedOctets().ends_with("+0000\r\n" + std::string{simpleMessage}));
    CHECK(user.journal.count(journal::Step::Content, "mended") == 1);
}

TEST_CASE("a submission without From is given its sender's, with a null one its user's") {
    struct Case {
        const char* sender;
        const char* from;
    };
    for (const Case& c : {Case{"alice+x@example.test", "From: alice+x@example.test\r\n"},
                          Case{"", "From: alice@example.test\r\n"}}) {
        CAPTURE(c.sender);
        ReceptionFixture f;
        f.authenticate();
        f.envelope.reversePath = *mail::ReversePath::fromString(c.sender);
        REQUIRE(f.accept("Subject: x\r\n\r\n"));
        CHECK(f.queuedOctets().find(c.from) != std::string::npos);
    }
}

TEST_CASE(
    "what is written into a message is ASCII unless it is SMTPUTF8 mail (RFC 6532 3.1, I-012)") {
    for (const bool utf8 : {false, true}) {
        CAPTURE(utf8);
        ReceptionFixture f;
        f.authenticate();
        f.facts.user = "j\u00FCrgen@example.test";
        f.envelope.reversePath = {};
        f.envelope.parameters.smtputf8 = utf8;
        REQUIRE(f.accept("Subject: x\r\n\r\n"));
        CHECK(text::isAscii(f.queuedOctets()) == !utf8);
        const auto from = f.queuedOctets().find("From: j\u00FCrgen@example.test\r\n");
        CHECK((from != std::string::npos) == utf8);
    }
}

TEST_CASE(
    "a header that can be read in two ways is refused by its rule, with the fault journaled") {
    const std::string broken = "From: a@b.test\r\nno field\r\n\r\nx\r\n";
    ReceptionFixture user;
    user.authenticate();
    const auto answer = user.accept(broken);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == 554);
    CHECK(answer.error().status == mail::EnhancedStatus{5, 6, 0});
    CHECK(user.journal.count(journal::Step::Content, "refused") == 1);
    ReceptionFixture stranger;
    CHECK(stranger.accept(broken));
    CHECK_FALSE(stranger.accept(std::string{"From: a@b.test\r\nX: \0\r\n\r\n", 25}));
    CHECK(stranger.accept(std::string{"From: a@b.test\r\n\r\na\0b\r\n", 23}));
}

TEST_CASE("a message that passed here ten times may come once more, not twice") {
    ReceptionFixture once;
    REQUIRE(once.accept(simpleMessage));
    const std::string octets = once.queuedOctets();
    const std::string received = octets.substr(0, octets.find("From: "));
    for (const int times : {10, 11}) {
        CAPTURE(times);
        ReceptionFixture f;
        std::string text{simpleMessage};
        for (int i = 0; i < times; ++i)
            text.insert(0, received);
        const auto answer = f.accept(text);
        CHECK(answer.has_value() == (times == 10));
        if (!answer) CHECK(answer.error().status == mail::EnhancedStatus{5, 4, 6});
    }
}

TEST_CASE("a mailbox takes a message back once, whatever the recipient was called; then it loops") {
    struct Case {
        std::string deliveries;
        bool accepted;
    };
    const std::string bob = "Delivered-To: Bob@Example.Test\r\n";
    const Case cases[] = {
        {bob, true},
        {bob + "Delivered-To: list@elsewhere.test\r\n", true},
        {bob + bob, false},
        {"Delivered-To: carol@example.test\r\nDelivered-To: carol@example.test\r\n", true},
    };
    for (const Case& c : cases) {
        CAPTURE(c.deliveries);
        ReceptionFixture f;
        const auto final = forwardPath("bob@example.test");
        f.router.aliases["info@example.test"] = {{f.router.destinationOf(final)}, {}};
        f.envelope.recipients = {{forwardPath("info@example.test"), {}}};
        const auto answer = f.accept(c.deliveries + std::string{simpleMessage});
        CHECK(answer.has_value() == c.accepted);
        if (!answer) {
            CHECK(answer.error().code == 554);
            CHECK(answer.error().status == mail::EnhancedStatus{5, 4, 6});
        }
    }
}

TEST_CASE("a submission whose author is not its user's is refused; strangers are not asked") {
    ReceptionFixture f;
    f.authenticate();
    f.originators.restricted = {"alice@example.test"};
    f.originators.theirs = {"alice@example.test"};
    const auto answer = f.accept(simpleMessage);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == 550);
    CHECK(answer.error().status == mail::EnhancedStatus{5, 7, 1});
    CHECK(f.queue.messages().empty());
    CHECK(f.journal.count(journal::Step::Content, "refused") == 1);
    f.facts.user.reset();
    CHECK(f.accept(simpleMessage));
}

TEST_CASE("a header of more than a mebibyte is refused, and no such text without header") {
    ReceptionFixture f;
    std::string header;
    while (header.size() < 1'100'000)
        header += "X-Long: " + std::string(900, 'x') + "\r\n";
    const auto answer = f.accept(header + "\r\nbody\r\n");
    REQUIRE_FALSE(answer);
    CHECK(answer.error().status == mail::EnhancedStatus{5, 3, 4});
    std::string text = "no field here\r\n" + header;
    CHECK(f.accept(text));
}

TEST_CASE("hooks see the id and the Received field that the message will have, and hear of it") {
    ReceptionFixture f;
    const auto id = f.accept(simpleMessage);
    REQUIRE(id);
    CHECK(f.gatekeeper.id == id->toString());
    CHECK(f.queuedOctets() == f.gatekeeper.received + std::string{simpleMessage});
    CHECK_FALSE(f.gatekeeper.fromOurs);
    CHECK(f.gatekeeper.queued == std::vector{*id});
}

TEST_CASE("hooks see whether a sender is ours; nobody counts as ours, others' users do not") {
    ReceptionFixture f;
    f.envelope.reversePath = reversePath("");
    REQUIRE(f.accept(simpleMessage));
    CHECK(f.gatekeeper.fromOurs);
    f.envelope.reversePath = reversePath("bob@example.test");
    REQUIRE(f.accept(simpleMessage));
    CHECK(f.gatekeeper.fromOurs);
    f.envelope.reversePath = reversePath("bob@[192.0.2.1]");
    REQUIRE(f.accept(simpleMessage));
    CHECK_FALSE(f.gatekeeper.fromOurs);
}

TEST_CASE("what a hook says is what the client hears, and nothing is queued") {
    struct Case {
        mail::Verdict verdict;
        int code;
    };
    const Case cases[] = {
        {mail::Refuse{mail::Reply{550, mail::EnhancedStatus{5, 7, 1}, "Not this"}}, 550},
        {mail::Refuse{mail::Reply{451, mail::EnhancedStatus{4, 7, 1}, "Not now"}}, 451},
        {mail::Disconnect{mail::Reply{421, mail::EnhancedStatus{4, 7, 0}, "Bye"}}, 421},
        // a "refusal" that says yes would lose mail
        {mail::Refuse{mail::Reply{250, mail::EnhancedStatus{2, 0, 0}, "Fine"}}, 451},
    };
    for (const Case& c : cases) {
        CAPTURE(c.code);
        ReceptionFixture f;
        f.gatekeeper.answer.verdict = c.verdict;
        const auto answer = f.accept(simpleMessage);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == c.code);
        CHECK(f.queue.messages().empty());
        CHECK(f.journal.count(journal::Step::Hook, "refused") == 1);
    }
}

TEST_CASE("a discarded message gets a queue id, goes nowhere, and leaves no file") {
    ReceptionFixture f;
    f.gatekeeper.answer.verdict = mail::Discard{"spam of the worst kind"};
    const auto file = f.folder.write("spooled", simpleMessage);
    CHECK(f.accept(mail::MessageContent::fromFile(file, simpleMessage.size())));
    CHECK(f.queue.messages().empty());
    CHECK(f.wakeUps == 0);
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(f.journal.count(journal::Step::Hook, "discarded") == 1);
    CHECK(f.gatekeeper.queued.empty());
    CHECK(f.gatekeeper.resets == 1);
}

TEST_CASE("removing the last recipient discards the message") {
    ReceptionFixture f;
    f.gatekeeper.answer.edits = {mail::RemoveRecipient{forwardPath("bob@example.test")}};
    CHECK(f.accept(simpleMessage));
    CHECK(f.queue.messages().empty());
}

TEST_CASE("hook fields stand below Received, and above what was received") {
    ReceptionFixture f;
    f.gatekeeper.answer.edits = {mail::PrependHeader{"X-First", "1"},
                                 mail::PrependHeader{"X-Second", "2\r\nInjected: yes"}};
    REQUIRE(f.accept(simpleMessage));
    const auto header =
        mail::HeaderSection::parse(f.queue.messages().at(0).content.headerSection());
    REQUIRE(header.fields().size() == 7);
    CHECK(header.fields()[0].name == "Received");
    CHECK(header.fields()[1].name == "X-Second");
    CHECK(header.fields()[2].name == "X-First");
    CHECK(header.find("Injected") == nullptr);
}

TEST_CASE("content that a hook changes replaces the spooled file, which is deleted") {
    ReceptionFixture f;
    const std::string large = "Subject: big\r\n\r\n" + std::string(200'000, 'x') + "\r\n";
    const auto file = f.folder.write("spooled", large);
    f.gatekeeper.answer.edits = {mail::RemoveHeader{"Subject", 0}};
    const auto id = f.accept(mail::MessageContent::fromFile(file, large.size()));
    REQUIRE(id);
    const mail::MessageContent content = f.queue.messages().at(0).content;
    CHECK(content.bodyFile() == f.folder.path() / id->toString());
    CHECK(std::filesystem::exists(content.bodyFile()));
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(f.queuedOctets().ends_with(large.substr(14)));
    CHECK(f.queuedOctets().find("Subject") == std::string::npos);
}

TEST_CASE("when the queue refuses, the client hears it and rewritten content is gone") {
    using Kind = queue::StoreError::Kind;
    struct Case {
        Kind kind = Kind::Broken;
        int code = 0;
        mail::EnhancedStatus status;
    };
    const Case cases[] = {{Kind::Full, 452, {4, 3, 1}},
                          {Kind::TooManyMessages, 452, {4, 3, 1}},
                          {Kind::Busy, 451, {4, 3, 0}},
                          {Kind::Broken, 451, {4, 3, 0}}};
    for (const Case& c : cases) {
        CAPTURE(c.code);
        ReceptionFixture f;
        f.queue.refusePut = queue::StoreError{c.kind, "secret reason"};
        const std::string large = "Subject: big\r\n\r\n" + std::string(200'000, 'x') + "\r\n";
        const auto file = f.folder.write("spooled", large);
        f.gatekeeper.answer.edits = {mail::RemoveHeader{"Subject", 0}};
        const auto answer = f.accept(mail::MessageContent::fromFile(file, large.size()));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == c.code);
        CHECK(answer.error().status == c.status);
        CHECK(answer.error().toString().find("secret") == std::string::npos);
        CHECK(f.log.contains("secret reason"));
        CHECK(f.wakeUps == 0);
        // the session's file is the connection's to delete; ours is gone
        CHECK(std::filesystem::exists(file));
        CHECK(std::distance(std::filesystem::directory_iterator{f.folder.path()}, {}) == 1);
    }
}

TEST_CASE("hooks are shown who gets the message after aliases, and what they change is routed") {
    ReceptionFixture fixture;
    const auto bob = *mail::ForwardPath::parse("<bob@example.org>");
    const auto carol = *mail::ForwardPath::parse("<carol@example.org>");
    fixture.router.aliases["all@example.org"] = {
        {fixture.router.destinationOf(bob), fixture.router.destinationOf(carol)}, {}};
    fixture.envelope.recipients = {{*mail::ForwardPath::parse("<all@example.org>"), {}}, {bob, {}}};
    fixture.gatekeeper.answer.edits = {
        mail::AddRecipient{*mail::ForwardPath::parse("<dave@elsewhere.example>")}};
    REQUIRE(fixture.accept("Subject: x\r\n\r\n"));
    CHECK(fixture.gatekeeper.resolved == std::vector{bob, carol});
    REQUIRE(fixture.queue.messages().size() == 1);
    CHECK(fixture.queue.messages().front().recipients.size() == 3);
}

TEST_CASE(
    "a time of release is when it is tried first, and from when it is given up (RFC 4865 3, 4)") {
    using std::chrono::hours;
    struct Case {
        const char* name = "";
        std::optional<std::chrono::seconds> holdFor;
        std::optional<hours> holdUntil;  ///< from now on
        std::optional<hours> release;
    };
    const Case cases[] = {
        {"none", {}, {}, {}},
        {"HOLDFOR", hours{48}, {}, hours{48}},
        {"HOLDUNTIL", {}, hours{5}, hours{5}},
        {"over already", {}, hours{-1}, {}},
        {"HOLDFOR=0", hours{0}, {}, {}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        ReceptionFixture f;
        const WallTime now = f.clock.now();
        f.envelope.parameters.holdFor = c.holdFor;
        if (c.holdUntil) f.envelope.parameters.holdUntil = now + *c.holdUntil;
        REQUIRE(f.accept(simpleMessage));
        const queue::NewMessage message = f.queue.messages().at(0);
        CHECK(message.releaseAt.has_value() == c.release.has_value());
        const WallTime first = now + c.release.value_or(hours{0});
        if (c.release) CHECK(message.releaseAt == first);
        CHECK(message.receivedAt == now);
        CHECK(message.expiresAt == first + hours{120});
    }
}

TEST_CASE(
    "an alias of several addresses whose sender asked for SUCCESS is reported with the message "
    "(RFC 3461 5.2.7)") {
    using mail::NotifyOn;
    ReceptionFixture f;
    const auto bob = forwardPath("bob@example.test");
    const auto carol = forwardPath("carol@remote.test");
    f.router.aliases["all@example.test"] = {
        {f.router.destinationOf(bob), f.router.destinationOf(carol)}, {}};
    mail::RcptParameters parameters{{{NotifyOn::Success, NotifyOn::Failure}},
                                    {{"rfc822", "all@example.test"}}};
    f.envelope.recipients = {{forwardPath("all@example.test"), parameters}};
    REQUIRE(f.accept(simpleMessage));
    const auto messages = f.queue.messages();
    REQUIRE(messages.size() == 2);
    REQUIRE(f.expanded.size() == 1);
    CHECK(f.expanded[0].path.toString() == "all@example.test");
    CHECK(messages[1].listener == "dsn");
    CHECK(f.log.count("dsn-queued") == 1);
    REQUIRE(messages[0].recipients.size() == 2);
    for (const auto& recipient : messages[0].recipients) {
        CHECK(recipient.parameters.notify == std::set{NotifyOn::Failure});
        CHECK(recipient.parameters.orcpt->address == "all@example.test");
    }
}

}  // namespace postrider::test
