#include "server/smtp/auth_dialogue.h"

#include "common/base/text.h"
#include "tests/support/fake_authenticator.h"
#include "tests/support/scram_client.h"

#include <doctest/doctest.h>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace postrider;
using namespace std::string_literals;
using postrider::smtp::AuthAnswer;
using postrider::smtp::AuthDialogue;
using postrider::smtp::AuthOutcome;
using postrider::smtp::SaslChallenge;
using postrider::smtp::SaslFault;
using postrider::smtp::SaslMechanism;
using postrider::test::FakeAuthenticator;
using postrider::test::ScramClient;

mail::SessionFacts inClear() {
    return {"session0000001", *Endpoint::parse("192.0.2.1:50000"), {}, {}, {}, true, {}};
}

mail::SessionFacts inTls(std::string channelBinding = "") {
    auto facts = inClear();
    facts.tls = mail::TlsFacts{"TLSv1.3", "TLS_AES_256_GCM_SHA384", std::move(channelBinding)};
    return facts;
}

/// Of "pencil" (RFC 7677 section 3).
smtp::ScramVerifier pencil() {
    return {4096, *text::fromBase64("W22ZaJ0SNY7soEsUEjb6gQ=="),
            *text::fromBase64("WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="),
            *text::fromBase64("wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")};
}

std::string offered(const mail::SessionFacts& facts, const FakeAuthenticator& authenticator) {
    std::string names;
    for (const auto mechanism : saslMechanisms(facts, authenticator))
        names.append(toString(mechanism)).append(" ");
    return names;
}

AuthAnswer play(ScramClient& client, AuthDialogue& dialogue) {
    auto progress = dialogue.begin(client.answer(""));
    while (const auto* challenge = std::get_if<SaslChallenge>(&progress))
        progress = dialogue.respond(client.answer(challenge->base64));
    REQUIRE(std::holds_alternative<AuthAnswer>(progress));
    return std::get<AuthAnswer>(progress);
}

}  // namespace

TEST_CASE(
    "what is offered is what can work: SCRAM for verifiers, -PLUS for a binding (RFC 4954 4)") {
    FakeAuthenticator authenticator;
    CHECK(offered(inClear(), authenticator).empty());
    CHECK(offered(inTls("binding"), authenticator) == "PLAIN LOGIN ");
    authenticator.know(pencil());
    CHECK(offered(inClear(), authenticator).empty());
    CHECK(offered(inTls(), authenticator) == "SCRAM-SHA-256 PLAIN LOGIN ");
    CHECK(offered(inTls("binding"), authenticator) ==
          "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN ");
}

TEST_CASE("the Authenticator hears how the proof went, and its word counts") {
    FakeAuthenticator authenticator;
    authenticator.know(pencil());
    const auto facts = inTls("binding");
    for (const auto* password : {"pencil", "pencils"}) {
        CAPTURE(password);
        const bool right = password == "pencil"s;
        ScramClient client{"SCRAM-SHA-256-PLUS", "alice@example.test", password, "binding"};
        AuthDialogue dialogue{SaslMechanism::ScramSha256Plus, authenticator, facts};
        const auto answer = play(client, dialogue);
        CHECK((answer.outcome == (right ? AuthOutcome::Accepted : AuthOutcome::Rejected)));
        CHECK(answer.user == (right ? "alice@example.test" : ""));
    }
    CHECK(authenticator.proven().size() == 2);
}

TEST_CASE("who may not even try hears so instead of a challenge") {
    for (const auto outcome : {AuthOutcome::Throttled, AuthOutcome::Unavailable}) {
        FakeAuthenticator authenticator;
        authenticator.know(pencil());
        authenticator.answerAlways(outcome);
        const auto facts = inTls();
        AuthDialogue dialogue{SaslMechanism::ScramSha256, authenticator, facts};
        const auto progress = dialogue.begin(text::toBase64("n,,n=alice,r=nonce"));
        REQUIRE(std::holds_alternative<AuthAnswer>(progress));
        CHECK((std::get<AuthAnswer>(progress).outcome == outcome));
        CHECK(authenticator.proven().empty());
    }
}

TEST_CASE(
    "to act as another is refused, whatever the Authenticator says (RFC 4616 2, RFC 5802 5.1)") {
    FakeAuthenticator authenticator;
    authenticator.know(pencil());
    authenticator.add("alice", "pencil");
    const auto facts = inTls();
    AuthDialogue plain{SaslMechanism::Plain, authenticator, facts};
    const auto progress = plain.begin(text::toBase64("bob\0alice\0pencil"s));
    REQUIRE(std::holds_alternative<AuthAnswer>(progress));
    CHECK((std::get<AuthAnswer>(progress).outcome == AuthOutcome::Rejected));

    ScramClient client{"SCRAM-SHA-256", "alice", "pencil"};
    client.actAs("bob");
    AuthDialogue scram{SaslMechanism::ScramSha256, authenticator, facts};
    CHECK((play(client, scram).outcome == AuthOutcome::Rejected));
}

TEST_CASE("to act as oneself is allowed in every spelling of the name (A-007, A-008)") {
    FakeAuthenticator authenticator;
    authenticator.add("j\u00FCrgen@xn--bcher-kva.example", "pencil");
    const auto facts = inTls();
    struct Case {
        std::string actAs;
        AuthOutcome outcome;
    };
    const std::vector<Case> cases{
        {"", AuthOutcome::Accepted},
        {"j\u00FCrgen@xn--bcher-kva.example", AuthOutcome::Accepted},
        {"J\u00DCRGEN@B\u00DCCHER.example", AuthOutcome::Accepted},
        {"j\u00FCrgen@bucher.example", AuthOutcome::Rejected},
        {"jurgen@xn--bcher-kva.example", AuthOutcome::Rejected},
        {"j\u00FCrgen", AuthOutcome::Rejected},
    };
    for (const Case& c : cases) {
        CAPTURE(c.actAs);
        AuthDialogue plain{SaslMechanism::Plain, authenticator, facts};
        const auto progress =
            plain.begin(text::toBase64(c.actAs + "\0j\u00FCrgen@xn--bcher-kva.example\0pencil"s));
        REQUIRE(std::holds_alternative<AuthAnswer>(progress));
        CHECK((std::get<AuthAnswer>(progress).outcome == c.outcome));
    }
}
