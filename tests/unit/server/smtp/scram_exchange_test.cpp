#include "server/smtp/scram_exchange.h"

#include "common/base/text.h"
#include "tests/support/scram_client.h"
#include "tests/support/scram_proof.h"

#include <doctest/doctest.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using postrider::smtp::SaslChallenge;
using postrider::smtp::SaslComplete;
using postrider::smtp::SaslFault;
using postrider::smtp::SaslMechanism;
using postrider::smtp::SaslProgress;
using postrider::smtp::ScramExchange;
using postrider::smtp::ScramProof;
using postrider::smtp::ScramVerifier;
using postrider::test::ScramClient;
using postrider::text::fromBase64;
using postrider::text::toBase64;

const std::string binding(32, 'b');

/// Of the password "pencil", with the salt of RFC 7677 section 3.
ScramVerifier pencil() {
    return {4096, *fromBase64("W22ZaJ0SNY7soEsUEjb6gQ=="),
            *fromBase64("WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="),
            *fromBase64("wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")};
}

/// How an exchange with GNU SASL as client went.
struct Outcome {
    SaslProgress last;
    postrider::smtp::ScramLogin login;
    bool clientIsContent = false;  ///< it has seen the server's signature, and believed it
    std::string asked;             ///< the user whose verifier was wanted
};

Outcome play(ScramClient& client, SaslMechanism mechanism, const std::string& offered) {
    Outcome outcome{SaslFault::Malformed, {}, false, ""};
    ScramExchange exchange{mechanism, offered, [&](const std::string& user) {
                               outcome.asked = user;
                               return std::optional{pencil()};
                           }};
    outcome.last = exchange.begin(client.answer(""));
    while (const auto* challenge = std::get_if<SaslChallenge>(&outcome.last)) {
        const std::string answer = client.answer(challenge->base64);
        outcome.clientIsContent = answer.empty();
        outcome.last = exchange.respond(answer);
    }
    outcome.login = exchange.login();
    return outcome;
}

bool isFault(const SaslProgress& progress, SaslFault fault) {
    const auto* found = std::get_if<SaslFault>(&progress);
    return found != nullptr && *found == fault;
}

bool isChallenge(const SaslProgress& progress) {
    return std::holds_alternative<SaslChallenge>(progress);
}

SaslProgress firstAnswer(SaslMechanism mechanism, const std::string& offered,
                         const std::string& message) {
    ScramExchange exchange{mechanism, offered,
                           [](const std::string&) { return std::optional{pencil()}; }};
    return exchange.begin(toBase64(message));
}

}  // namespace

TEST_CASE(
    "a client that knows the password proves it, and is shown that we know it too (RFC 5802 3)") {
    ScramClient client{"SCRAM-SHA-256", "user@example.test", "pencil"};
    const auto outcome = play(client, SaslMechanism::ScramSha256, "");
    REQUIRE(std::holds_alternative<SaslComplete>(outcome.last));
    CHECK((outcome.login.proof == ScramProof::Right));
    CHECK(outcome.login.authenticationId == "user@example.test");
    CHECK(outcome.login.authorizationId.empty());
    CHECK(outcome.login.mechanism == "SCRAM-SHA-256");
    CHECK(outcome.asked == "user@example.test");
    CHECK(outcome.clientIsContent);
}

TEST_CASE("-PLUS binds the proof to the TLS session (RFC 5802 6, RFC 9266)") {
    SUBCASE("the same on both sides") {
        ScramClient client{"SCRAM-SHA-256-PLUS", "user", "pencil", binding};
        const auto outcome = play(client, SaslMechanism::ScramSha256Plus, binding);
        REQUIRE(std::holds_alternative<SaslComplete>(outcome.last));
        CHECK((outcome.login.proof == ScramProof::Right));
        CHECK(outcome.login.mechanism == "SCRAM-SHA-256-PLUS");
        CHECK(outcome.clientIsContent);
    }
    SUBCASE("another TLS session: somebody in between passes it on") {
        ScramClient client{"SCRAM-SHA-256-PLUS", "user", "pencil", std::string(32, 'x')};
        const auto outcome = play(client, SaslMechanism::ScramSha256Plus, binding);
        REQUIRE(std::holds_alternative<SaslComplete>(outcome.last));
        CHECK((outcome.login.proof == ScramProof::Wrong));
        CHECK_FALSE(outcome.clientIsContent);
    }
}

TEST_CASE("a wrong password is no proof, and hears no signature of ours") {
    for (const auto mechanism : {SaslMechanism::ScramSha256, SaslMechanism::ScramSha256Plus}) {
        const std::string offered = mechanism == SaslMechanism::ScramSha256 ? "" : binding;
        ScramClient client{std::string{toString(mechanism)}.c_str(), "user", "pencils", offered};
        const auto outcome = play(client, mechanism, offered);
        REQUIRE(std::holds_alternative<SaslComplete>(outcome.last));
        CHECK((outcome.login.proof == ScramProof::Wrong));
        CHECK_FALSE(outcome.clientIsContent);
    }
}

TEST_CASE("who claims that no -PLUS was offered, though it was, is refused (RFC 5802 6)") {
    const auto proofOf = [](const std::string& header, const std::string& offered) {
        const postrider::test::ScramProof client{header, "user", "pencil"};
        ScramExchange exchange{SaslMechanism::ScramSha256, offered,
                               [](const std::string&) { return std::optional{pencil()}; }};
        auto progress = exchange.begin(client.first());
        REQUIRE(isChallenge(progress));
        progress = exchange.respond(client.last(std::get<SaslChallenge>(progress).base64));
        if (isChallenge(progress)) progress = exchange.respond("");
        REQUIRE(std::holds_alternative<SaslComplete>(progress));
        return exchange.login().proof;
    };
    CHECK((proofOf("y,,", binding) == ScramProof::Downgraded));
    CHECK((proofOf("y,,", "") == ScramProof::Right));
    CHECK((proofOf("n,,", binding) == ScramProof::Right));
}

TEST_CASE("an authorization identity is passed on") {
    ScramClient client{"SCRAM-SHA-256", "user", "pencil"};
    client.actAs("other");
    const auto outcome = play(client, SaslMechanism::ScramSha256, "");
    CHECK(outcome.login.authorizationId == "other");
    CHECK(outcome.login.authenticationId == "user");
}

TEST_CASE("names with commas and equals signs arrive as they are (RFC 5802 5.1)") {
    ScramClient client{"SCRAM-SHA-256", "a,b=c", "pencil"};
    CHECK(play(client, SaslMechanism::ScramSha256, "").asked == "a,b=c");
}

TEST_CASE("a first message that is none is malformed, and asks for nobody's verifier") {
    struct Case {
        SaslMechanism mechanism;
        std::string message;
    };
    const auto plain = SaslMechanism::ScramSha256;
    const auto plus = SaslMechanism::ScramSha256Plus;
    const std::vector<Case> cases{
        {plain, ""},
        {plain, "n"},
        {plain, "n,,"},
        {plain, "n,,n=user"},
        {plain, "n,,r=nonce"},
        {plain, "p=tls-exporter,,n=user,r=nonce"},
        {plain, "x,,n=user,r=nonce"},
        {plain, "n,,m=ext,n=user,r=nonce"},
        {plain, std::string{"n,,n=us\0er,r=nonce", 18}},
        {plus, "n,,n=user,r=nonce"},
        {plus, "y,,n=user,r=nonce"},
        {plus, "p=tls-unique,,n=user,r=nonce"},
        {plus, "p=,,n=user,r=nonce"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.message);
        CHECK(isFault(firstAnswer(c.mechanism, binding, c.message), SaslFault::Malformed));
    }
    CHECK(isChallenge(firstAnswer(plain, binding, "n,,n=user,r=nonce")));
    CHECK(isChallenge(firstAnswer(plus, binding, "p=tls-exporter,,n=user,r=nonce")));
}

TEST_CASE("a last message that does not belong to the first is refused") {
    for (const auto* message : {"", "c=biws", "c=biws,r=other,p=AAAA", "r=nonce,p=AAAA"}) {
        CAPTURE(message);
        ScramExchange exchange{SaslMechanism::ScramSha256, "",
                               [](const std::string&) { return std::optional{pencil()}; }};
        REQUIRE(isChallenge(exchange.begin(toBase64("n,,n=user,r=nonce"))));
        const auto progress = exchange.respond(toBase64(message));
        const bool proven = std::holds_alternative<SaslComplete>(progress) &&
                            exchange.login().proof == ScramProof::Right;
        CHECK_FALSE(isChallenge(progress));
        CHECK_FALSE(proven);
    }
}

TEST_CASE("an exchange is cancelled by a star and refused when it is no base64 (A-003)") {
    const auto verifier = [](const std::string&) { return std::optional{pencil()}; };
    ScramExchange cancelled{SaslMechanism::ScramSha256, "", verifier};
    CHECK(isChallenge(cancelled.begin(std::nullopt)));
    CHECK(isFault(cancelled.respond("*"), SaslFault::Cancelled));
    ScramExchange garbage{SaslMechanism::ScramSha256, "", verifier};
    CHECK(isFault(garbage.begin("n,,n=user,r=nonce"), SaslFault::NotBase64));
}

TEST_CASE("without a verifier the exchange ends; what its source throws comes through") {
    ScramExchange refused{SaslMechanism::ScramSha256, "",
                          [](const std::string&) { return std::optional<ScramVerifier>{}; }};
    CHECK(isFault(refused.begin(toBase64("n,,n=user,r=nonce")), SaslFault::Malformed));
    ScramExchange broken{SaslMechanism::ScramSha256, "",
                         [](const std::string&) -> std::optional<ScramVerifier> {
                             throw std::runtime_error{"the disk is gone"};
                         }};
    CHECK_THROWS_WITH(static_cast<void>(broken.begin(toBase64("n,,n=user,r=nonce"))),
                      "the disk is gone");
}
