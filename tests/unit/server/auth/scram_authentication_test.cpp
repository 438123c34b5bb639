#include "server/auth/scram_verifier.h"
#include "tests/support/fake_account_source.h"
#include "tests/unit/server/auth/house_of_users.h"

#include <algorithm>
#include <chrono>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using namespace std::chrono_literals;
using postrider::smtp::AuthOutcome;
using postrider::smtp::ScramLogin;
using postrider::smtp::ScramProof;

namespace {

/// erin has a verifier; frank too, but may not send.
struct House : test::HouseOfUsers {
    House()
        : HouseOfUsers({"a.example"}, "erin:" + test::pencil + "\nfrank:" + test::pencil +
                                          "::::::userdb_postrider_disabled=yes\n") {}

    std::string verifierOf(const std::string& user) {
        const auto verifier = authenticator->verifierOf(user, test::factsOfClient());
        REQUIRE(verifier.has_value());
        return auth::toString(*verifier);
    }
    smtp::AuthAnswer prove(const std::string& user, ScramProof proof,
                           const std::string& actAs = "") {
        return authenticator->authenticate(ScramLogin{actAs, user, "SCRAM-SHA-256", proof},
                                           test::factsOfClient());
    }
};

/// Accounts that cannot be asked for.
class BrokenSource final : public users::AccountSource {
public:
    [[nodiscard]] std::string_view name() const override { return "broken"; }
    Result<std::optional<users::Account>, std::string> find(const mail::Mailbox&) override {
        return Unexpected{std::string{"the database is down"}};
    }
    Result<bool, std::string> check(const mail::Mailbox&, std::string_view) override {
        return Unexpected{std::string{"the database is down"}};
    }
};

/// Accounts whose passwords only the source can check.
class CheckingSource final : public users::AccountSource {
public:
    [[nodiscard]] std::string_view name() const override { return "checking"; }
    Result<std::optional<users::Account>, std::string> find(const mail::Mailbox& address) override {
        return std::optional{users::Account{address.toString(), ""}};
    }
    Result<bool, std::string> check(const mail::Mailbox&, std::string_view password) override {
        return password == "right";
    }
};

}  // namespace

TEST_CASE("SCRAM is known where somebody has a verifier, and nowhere else") {
    CHECK(House{}.authenticator->knowsScram());
    CHECK_FALSE(test::HouseOfUsers{}.authenticator->knowsScram());
}

TEST_CASE("who has a verifier gets it; who has none gets one that he cannot tell from it") {
    House house;
    CHECK(house.verifierOf("ERIN@a.example") == test::pencil);
    const auto known = auth::parseScramVerifier(test::pencil).value();
    for (const auto* user : {"alice@a.example", "bob@a.example", "nobody@a.example"}) {
        CAPTURE(user);
        const auto invented = house.verifierOf(user);
        CHECK(invented == house.verifierOf(user));
        const auto verifier = auth::parseScramVerifier(invented);
        REQUIRE(verifier.has_value());
        CHECK(verifier->iterations == known.iterations);
        CHECK(verifier->salt.size() == known.salt.size());
    }
    CHECK(house.verifierOf("nobody@a.example") == house.verifierOf("NOBODY@A.example"));
    CHECK(house.verifierOf("nobody@a.example") != house.verifierOf("nobody2@a.example"));
    CHECK(auth::parseScramVerifier(house.verifierOf("x@elsewhere.example")).has_value());
}

TEST_CASE("a made-up verifier is like those of the domain that a database had (A-005)") {
    House house;
    test::FakeAccountSource database;
    database.verifiers = true;
    database.add("zoe@a.example");
    database.accounts["zoe@a.example"].hash = test::pencil;
    auth::PasswordAuthenticator authenticator{
        {database, *house.books, house.mailLog, house.log, house.metrics, house.clock}, {}};
    const auto iterationsOf = [&](const std::string& user) {
        const auto verifier = authenticator.verifierOf(user, test::factsOfClient());
        REQUIRE(verifier.has_value());
        return verifier->iterations;
    };
    CHECK(iterationsOf("zoe@a.example") == 4096);
    CHECK(iterationsOf("nobody@a.example") == 4096);
    CHECK(iterationsOf("nobody@b.example") == auth::defaultScramIterations);
}

TEST_CASE("only a right proof of a user who has a verifier and may send lets in") {
    struct Case {
        std::string user;
        ScramProof proof;
        std::string actAs;
        std::string reason;
    };
    const std::vector<Case> cases{
        {"erin@a.example", ScramProof::Wrong, "", "wrong password, or another TLS session"},
        {"erin@a.example", ScramProof::Downgraded, "", "somebody may sit in between"},
        {"erin@a.example", ScramProof::Right, "alice@a.example", "asks to act as alice@a.example"},
        {"frank@a.example", ScramProof::Right, "", "the user may not send"},
        {"alice@a.example", ScramProof::Right, "", "the user has no SCRAM verifier"},
        {"nobody@a.example", ScramProof::Right, "", "unknown user"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.reason);
        House house;
        CHECK((house.prove(c.user, c.proof, c.actAs).outcome == AuthOutcome::Rejected));
        REQUIRE(house.journal.decisions().size() == 1);
        CHECK(house.journal.decisions().front().reason.find(c.reason) != std::string::npos);
        CHECK(house.logins("rejected") == 1);
    }
    House house;
    const auto answer = house.prove("Erin@a.example", ScramProof::Right, "erin@a.example");
    CHECK((answer.outcome == AuthOutcome::Accepted));
    CHECK(answer.user == "erin@a.example");
    CHECK(house.log.contains("mechanism=scram-sha-256"));
    CHECK(house.logins("accepted") == 1);
}

TEST_CASE("guesses by SCRAM and by password are counted together (A-010)") {
    House house;
    for (int i = 0; i < 5; ++i) {
        (void)house.prove("erin@a.example", ScramProof::Wrong);
        (void)house.login("erin@a.example", "wrong");
    }
    CHECK((house.prove("erin@a.example", ScramProof::Right).outcome == AuthOutcome::Throttled));
    CHECK((house.login("erin@a.example", "pencil").outcome == AuthOutcome::Throttled));
    const auto verifier = house.authenticator->verifierOf("erin@a.example", test::factsOfClient());
    REQUIRE_FALSE(verifier.has_value());
    CHECK((verifier.error() == AuthOutcome::Throttled));
    CHECK(house.logins("throttled") == 3);
    CHECK(house.pauses.back() == 4s);
    house.clock.advance(61s);
    CHECK((house.prove("erin@a.example", ScramProof::Right).outcome == AuthOutcome::Accepted));
}

TEST_CASE("a password can be sent, too, by who has a verifier") {
    House house;
    CHECK((house.login("erin@a.example", "pencil").outcome == AuthOutcome::Accepted));
    CHECK((house.login("erin@a.example", "Pencil").outcome == AuthOutcome::Rejected));
}

TEST_CASE("an old hash is remarked on at each login, and a new one is not") {
    House house;
    (void)house.login("erin@a.example", "pencil");
    CHECK_FALSE(house.log.contains("password-hash-old"));
    (void)house.login("alice@a.example", "wrong");
    CHECK_FALSE(house.log.contains("password-hash-old"));
    (void)house.login("alice@a.example", test::password);
    CHECK(house.log.contains("password-hash-old user=alice@a.example scheme=SHA512-CRYPT"));
}

TEST_CASE("the user's own limits come with the answer") {
    test::HouseOfUsers house{
        {"a.example"},
        "gina:" + test::sha512 +
            "::::::userdb_postrider_max_size=10K userdb_postrider_max_recipients=3\n"};
    const auto answer = house.login("gina@a.example", test::password);
    CHECK(answer.limits.maxMessageSize == 10240);
    CHECK(answer.limits.maxRecipients == 3);
    CHECK_FALSE(house.login("alice@a.example", test::password).limits.maxRecipients.has_value());
}

TEST_CASE("accounts that cannot be asked for mean later, and count for nobody (A-005)") {
    House house;
    BrokenSource broken;
    auto parts = house.parts();
    auth::AuthenticatorParts down{broken,    parts.books,   parts.mailLog,
                                  parts.log, parts.metrics, parts.clock};
    auth::PasswordAuthenticator authenticator{down};
    const auto facts = test::factsOfClient();
    for (int i = 0; i < 40; ++i) {
        const auto answer =
            authenticator.authenticate(smtp::PasswordLogin{"", "erin@a.example", "pencil"}, facts);
        CHECK((answer.outcome == AuthOutcome::Unavailable));
    }
    const auto verifier = authenticator.verifierOf("erin@a.example", facts);
    REQUIRE_FALSE(verifier.has_value());
    CHECK((verifier.error() == AuthOutcome::Unavailable));
    CHECK(house.log.contains("the database is down"));
    CHECK(house.logins("unavailable") == 41);
}

TEST_CASE("a source that keeps its hashes to itself is asked for its word") {
    House house;
    CheckingSource checking;
    auto parts = house.parts();
    auth::AuthenticatorParts asking{checking,  parts.books,   parts.mailLog,
                                    parts.log, parts.metrics, parts.clock};
    auth::PasswordAuthenticatorOptions options;
    options.pause = [](std::chrono::milliseconds) {};
    auth::PasswordAuthenticator authenticator{asking, options};
    const auto facts = test::factsOfClient();
    const auto login = [&](const std::string& password) {
        return authenticator.authenticate(smtp::PasswordLogin{"", "zoe@a.example", password}, facts)
            .outcome;
    };
    CHECK((login("right") == AuthOutcome::Accepted));
    CHECK((login("wrong") == AuthOutcome::Rejected));
    CHECK_FALSE(authenticator.knowsScram());
}
