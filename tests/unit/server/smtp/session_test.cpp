#include "server/smtp/session.h"

#include "tests/support/fake_authenticator.h"
#include "tests/support/fake_directory.h"
#include "tests/support/open_gatekeeper.h"
#include "tests/support/recording_reception.h"
#include "tests/support/scripted_gatekeeper.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <stdexcept>
#include <string>

namespace {

namespace mail = postrider::mail;
namespace smtp = postrider::smtp;
using postrider::Unexpected;
using smtp::Next;

/// A session with its world around it.
template <class Gatekeeper = postrider::test::OpenGatekeeper>
struct World {
    smtp::SessionOptions options;
    postrider::test::FakeDirectory directory;
    postrider::test::FakeAuthenticator authenticator;
    Gatekeeper gatekeeper;
    postrider::test::RecordingReception reception;
    mail::SessionFacts facts{{}, {postrider::IpAddress::v4({192, 0, 2, 1}), 4321}, {}, {}, {}, {},
                             {}};
    smtp::Session session{options, {directory, authenticator, gatekeeper, reception}, facts};

    World() {
        directory.add("bob@example.test");
        authenticator.add("alice@example.test", "secret");
        static_cast<void>(session.greet());
    }
    int say(std::string_view line) { return session.onLine(line).reply->code; }
    void toContent() {
        say("EHLO client.example");
        say("MAIL FROM:<a@b.example>");
        say("RCPT TO:<bob@example.test>");
        REQUIRE(session.onLine("DATA").next == Next::ReadContent);
    }
};

}  // namespace

TEST_CASE("every fault of content has its reply and leaves no transaction (S-027, Z-004, E-004)") {
    struct Case {
        smtp::ContentFault fault;
        std::string reply;
        Next next;
    };
    const std::vector<Case> cases{
        {smtp::ContentFault::TooBig, "552 5.3.4", Next::ReadLine},
        {smtp::ContentFault::BareLineEnd, "521 5.5.2", Next::Close},
        {smtp::ContentFault::NoRoom, "452 4.3.1", Next::ReadLine},
        {smtp::ContentFault::StorageError, "451 4.3.0", Next::ReadLine},
    };
    for (const Case& c : cases) {
        CAPTURE(c.reply);
        World<> world;
        world.toContent();
        const auto step = world.session.onContent(Unexpected{c.fault});
        CHECK(step.reply->toString().starts_with(c.reply));
        CHECK(step.next == c.next);
        CHECK(world.say("DATA") == 503);
        CHECK(world.say("RCPT TO:<bob@example.test>") == 503);
        CHECK(world.reception.accepted().empty());
    }
}

TEST_CASE("why a recipient gets no mail is for the journal, not for the client") {
    World<> world;
    world.directory.add("later@example.test", smtp::Standing::TemporaryFailure);
    world.directory.add("loop@example.test", smtp::Standing::Unusable);
    world.directory.add("closed@example.test", smtp::Standing::Disabled);
    world.directory.add("gone@example.test", smtp::Standing::UnknownUser);
    world.say("EHLO client.example");
    world.say("MAIL FROM:<a@b.example>");
    for (const auto* address : {"later", "loop", "closed", "gone", "nobody"}) {
        CAPTURE(address);
        const auto step =
            world.session.onLine("RCPT TO:<" + std::string{address} + "@example.test>");
        const bool told = std::string_view{address} != "nobody";
        CHECK(step.reason == (told ? "told so by the test" : ""));
        CHECK(step.reply->toString().find("told so") == std::string::npos);
    }
}

TEST_CASE("a gatekeeper sees the facts as they stand at its step") {
    World<postrider::test::ScriptedGatekeeper> world;
    auto& session = world.session;
    world.say("EHLO first.example");
    static_cast<void>(session.onLine("STARTTLS"));
    static_cast<void>(session.onTls({"TLSv1.3", "TLS_AES_256_GCM_SHA384"}));
    CHECK_FALSE(session.facts().ehlo.has_value());
    world.say("HELO second.example");
    world.say("EHLO third.example");
    world.say("AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=");
    world.say("MAIL FROM:<alice@example.test>");
    world.say("RCPT TO:<bob@example.test>");

    const auto& calls = world.gatekeeper.calls();
    REQUIRE(calls.size() == 6);
    CHECK(calls[0].step == "connect");
    CHECK_FALSE(calls[0].facts.ehlo.has_value());
    CHECK(calls[1].facts.ehlo->toString() == "first.example");
    CHECK_FALSE(calls[1].facts.tls.has_value());
    CHECK(calls[2].facts.ehlo->toString() == "second.example");
    CHECK(calls[2].facts.tls->version == "TLSv1.3");
    CHECK_FALSE(calls[2].facts.esmtp);
    CHECK(calls[3].facts.esmtp);
    CHECK_FALSE(calls[3].facts.user.has_value());
    CHECK(calls[4].step == "mail");
    CHECK(calls[4].facts.user == "alice@example.test");
    CHECK(calls[5].step == "rcpt");
}

TEST_CASE("hooks are told of a transaction that is given up, once, and of none that was queued") {
    World<postrider::test::ScriptedGatekeeper> world;
    world.toContent();
    CHECK(world.session.onContent(mail::MessageContent::fromMemory("text\r\n")).queued);
    world.say("RSET");
    CHECK(world.gatekeeper.resets == 0);
    world.toContent();  // EHLO again
    static_cast<void>(world.session.onContent(Unexpected{smtp::ContentFault::TooBig}));
    CHECK(world.gatekeeper.resets == 1);
    world.say("MAIL FROM:<a@b.example>");
    world.say("RSET");
    CHECK(world.gatekeeper.resets == 2);
    world.say("MAIL FROM:<a@b.example>");
    world.say("EHLO client.example");
    CHECK(world.gatekeeper.resets == 3);
}

TEST_CASE("the reception is handed the facts, the envelope and the content") {
    World<> world;
    world.toContent();
    const auto step = world.session.onContent(mail::MessageContent::fromMemory("text\r\n"));
    CHECK(step.reply->code == 250);
    REQUIRE(world.reception.accepted().size() == 1);
    const auto& message = world.reception.accepted().front();
    CHECK(message.content == "text\r\n");
    CHECK(message.facts.ehlo->toString() == "client.example");
    CHECK(message.envelope.recipients.size() == 1);
}

TEST_CASE("a login never outlives STARTTLS and an exchange never outlives its end (RFC 3207 4.2)") {
    World<> world;
    static_cast<void>(world.session.onTls({"TLSv1.3", "TLS_AES_128_GCM_SHA256"}));
    world.say("EHLO client.example");
    CHECK(world.session.onLine("AUTH PLAIN").next == Next::ReadSecret);
    CHECK(world.say("AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=") == 235);
    REQUIRE(world.session.facts().user.has_value());
    CHECK(world.authenticator.tried().size() == 1);
    static_cast<void>(world.session.onTls({"TLSv1.3", "TLS_AES_128_GCM_SHA256"}));
    CHECK_FALSE(world.session.facts().user.has_value());
}

TEST_CASE("a reception that says 421 ends the session (S-040)") {
    World<> world;
    world.reception.refuseWith({421, mail::EnhancedStatus{4, 3, 2}, "not now"});
    world.toContent();
    CHECK(world.session.onContent(mail::MessageContent::fromMemory("")).next == Next::Close);
}

TEST_CASE("at least 100 recipients are accepted by default (RFC 5321 4.5.3.1.8, S-053)") {
    World<> world;
    world.say("EHLO client.example");
    world.say("MAIL FROM:<a@b.example>");
    for (int n = 0; n < 1000; ++n) {
        REQUIRE(world.say("RCPT TO:<bob@example.test>") == 250);
    }
    CHECK(world.say("RCPT TO:<bob@example.test>") == 452);
}

TEST_CASE("a user's own limits hold once he is logged in, and only where they are less") {
    World<> world;
    world.authenticator.limit({.maxMessageSize = 1000, .maxRecipients = 1});
    world.say("EHLO client.example");
    static_cast<void>(world.session.onTls({"TLSv1.3", "TLS_AES_256_GCM_SHA384"}));
    world.say("EHLO client.example");
    CHECK(world.say("MAIL FROM:<a@b.example> SIZE=1001") == 250);
    CHECK(world.say("RSET") == 250);
    // alice@example.test, secret
    CHECK(world.say("AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=") == 235);
    const auto lines = world.session.onLine("EHLO client.example").reply->lines;
    CHECK(std::ranges::count(lines, "SIZE 1000") == 1);
    CHECK(std::ranges::count(lines, "LIMITS RCPTMAX=1") == 1);
    CHECK(world.say("MAIL FROM:<a@b.example> SIZE=1001") == 552);
    CHECK(world.say("MAIL FROM:<a@b.example> SIZE=1000") == 250);
    CHECK(world.say("RCPT TO:<bob@example.test>") == 250);
    CHECK(world.say("RCPT TO:<bob@example.test>") == 452);
    REQUIRE(world.session.onLine("DATA").next == Next::ReadContent);
    const auto tooBig = mail::MessageContent::fromMemory(std::string(1001, 'x'));
    CHECK(world.session.onContent(tooBig).reply->code == 552);
    CHECK(world.reception.accepted().empty());
}

TEST_CASE("whatever gives a transaction up, the hooks hear of it once") {
    World<postrider::test::ScriptedGatekeeper> world;
    const auto begin = [&world] {
        world.say("EHLO client.example");
        world.say("MAIL FROM:<a@b.example>");
        world.say("RCPT TO:<bob@example.test>");
    };
    begin();
    CHECK(world.gatekeeper.resets == 0);
    SUBCASE("RSET") {
        world.say("RSET");
    }
    SUBCASE("EHLO") {
        world.say("EHLO client.example");
    }
    SUBCASE("TLS") {
        world.say("STARTTLS");
        static_cast<void>(world.session.onTls({"TLSv1.3", "TLS_AES_256_GCM_SHA384"}));
    }
    SUBCASE("content that is refused") {
        world.say("DATA");
        static_cast<void>(world.session.onContent(Unexpected{smtp::ContentFault::TooBig}));
    }
    SUBCASE("a chunk that is refused, and those behind it") {
        CHECK(world.session.onLine("BDAT 99999999999").next == Next::SkipChunk);
        CHECK(world.session.onLine("BDAT 5 LAST").next == Next::SkipChunk);
    }
    SUBCASE("a message that is refused") {
        world.reception.refuseWith({550, mail::EnhancedStatus{5, 7, 1}, "no"});
        world.say("DATA");
        static_cast<void>(world.session.onContent(mail::MessageContent::fromMemory("")));
    }
    SUBCASE("a hook's own refusal of MAIL, which others had seen") {
        world.say("RSET");
        world.gatekeeper.answer("mail", mail::Refuse{{550, mail::EnhancedStatus{5, 7, 1}, "no"}});
        begin();
        CHECK(world.gatekeeper.resets == 2);
        return;
    }
    CHECK(world.gatekeeper.resets == 1);
    world.say("RSET");
    CHECK(world.gatekeeper.resets == 1);
}

TEST_CASE("a chunk is asked for with its size, and whether it is the last (RFC 3030 2)") {
    World<> world;
    world.say("EHLO client.example");
    world.say("MAIL FROM:<a@b.example> BODY=BINARYMIME");
    world.say("RCPT TO:<bob@example.test>");
    CHECK_FALSE(world.session.isTakingChunks());
    const auto first = world.session.onLine("BDAT 10");
    CHECK_FALSE(first.reply.has_value());
    CHECK(first.next == Next::ReadChunk);
    CHECK(first.chunk.size == 10);
    CHECK_FALSE(first.chunk.last);
    CHECK((first.chunk.kind == smtp::ContentKind::Binary));
    CHECK(world.session.isTakingChunks());
    CHECK(world.session.onChunk(postrider::Done{}).reply->code == 250);
    CHECK(world.session.onLine("BDAT 0 LAST").chunk.last);
    CHECK(world.session.onContent(mail::MessageContent::fromMemory("0123456789")).queued);
    CHECK_FALSE(world.session.isTakingChunks());
    CHECK(world.reception.accepted().size() == 1);
}

TEST_CASE("a chunk that cannot be stored voids the transaction and not the dialogue (K-003)") {
    World<> world;
    world.say("EHLO client.example");
    world.say("MAIL FROM:<a@b.example>");
    world.say("RCPT TO:<bob@example.test>");
    static_cast<void>(world.session.onLine("BDAT 10"));
    const auto failed = world.session.onChunk(Unexpected{smtp::ContentFault::NoRoom});
    CHECK(failed.reply->toString().starts_with("452 4.3.1"));
    CHECK(failed.next == Next::ReadLine);
    CHECK_FALSE(world.session.isTakingChunks());
    const auto late = world.session.onLine("BDAT 10 LAST");
    CHECK(late.reply->toString().starts_with("452 4.3.1"));
    CHECK(late.next == Next::SkipChunk);
    CHECK(late.chunk.size == 10);
    CHECK(world.say("DATA") == 503);
    CHECK(world.say("MAIL FROM:<a@b.example>") == 250);
}
