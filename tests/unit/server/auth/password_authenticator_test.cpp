#include "server/auth/password_authenticator.h"

#include "server/auth/password_hash.h"
#include "tests/support/fake_account_source.h"
#include "tests/unit/server/auth/house_of_users.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace postrider;
using namespace std::chrono_literals;
using postrider::smtp::AuthOutcome;

using House = test::HouseOfUsers;
using test::factsOfClient;
using test::password;

namespace {

/// What this program has used of the processors: whatever else the machine does is not in it.
std::chrono::nanoseconds workSoFar() {
    return std::chrono::nanoseconds{std::chrono::seconds{1}} / CLOCKS_PER_SEC * std::clock();
}

}  // namespace

TEST_CASE("a login is an address in any spelling that means the user (RFC 8265, A-008)") {
    House house;
    for (const auto* user : {"alice@a.example", "ALICE@A.Example", "alice",
                             "\xEF\xBC\xA1lice@a.example", "john.doe@a.example"}) {
        CAPTURE(user);
        const auto answer = house.login(user, password);
        CHECK(answer.outcome == AuthOutcome::Accepted);
        CHECK(answer.user.ends_with("@a.example"));
    }
    CHECK(house.login("Alice@a.example", password).user == "alice@a.example");
    CHECK(house.log.contains("authenticated session=session0000001"));
    CHECK(house.journal.decisions().back().address == "alice@a.example");
}

TEST_CASE("what is no login is rejected alike, and only log and journal know why (A-005)") {
    struct Case {
        std::string user;
        std::string secret;
        std::string reason;
        std::string actAs{};
    };
    const std::vector<Case> cases{
        {"alice@a.example", "hello world!", "wrong password"},
        {"alice@a.example", "", "wrong password"},
        {"nobody@a.example", password, "unknown user"},
        {"alice@b.example", password, "unknown user"},
        {"alice+tag@a.example", password, "unknown user"},
        {"al.ice@a.example", password, "unknown user"},
        {"johndoe@a.example", password, "unknown user"},
        {"alice@a.example.", password, "unknown user"},
        {"@a.example", password, "unknown user"},
        {"", password, "unknown user"},
        {"bob@a.example", "*", "the user may not log in"},
        {"carol@a.example", "x", "this is no Argon2 hash of bearable cost"},
        {"dave@a.example", password, "the user may not send"},
        {"dave@a.example", "x", "wrong password"},
        {"alice@a.example", password, "asks to act as bob@a.example", "bob@a.example"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.user);
        House house;
        const auto answer = house.login(c.user, c.secret, c.actAs);
        CHECK(answer.outcome == AuthOutcome::Rejected);
        CHECK(answer.user.empty());
        REQUIRE(house.journal.decisions().size() == 1);
        CHECK(house.journal.decisions().front().reason.find(c.reason) != std::string::npos);
        CHECK(house.log.contains("auth-failed"));
    }
}

TEST_CASE("an authorization identity may be the user himself (RFC 4616 2, A-007)") {
    House house;
    CHECK(house.login("alice@a.example", password, "alice@a.example").outcome ==
          AuthOutcome::Accepted);
    CHECK(house.login("alice", password, "Alice@A.example").outcome == AuthOutcome::Accepted);
}

TEST_CASE("a name without domain means nobody when there are two domains") {
    House house{{"a.example", "b.example"}};
    CHECK(house.login("alice", password).outcome == AuthOutcome::Rejected);
    CHECK(house.login("alice@b.example", password).user == "alice@b.example");
}

TEST_CASE("guessing is slowed, then refused without a look, then possible again (A-010)") {
    House house;
    std::vector<AuthOutcome> outcomes;
    outcomes.reserve(25);
    for (int i = 0; i < 25; ++i)
        outcomes.push_back(house.login("alice@a.example", "guess" + std::to_string(i)).outcome);
    CHECK(std::count(outcomes.begin(), outcomes.end(), AuthOutcome::Rejected) == 10);
    CHECK(outcomes.back() == AuthOutcome::Throttled);
    CHECK(house.login("alice@a.example", password).outcome == AuthOutcome::Throttled);
    CHECK(house.pauses.back() == 4s);
    house.clock.advance(61s);
    CHECK(house.login("alice@a.example", password).outcome == AuthOutcome::Accepted);
}

TEST_CASE("no secret comes into log or journal") {
    House house;
    (void)house.login("alice@a.example", "top-secret-guess");
    (void)house.login("alice@a.example", password);
    CHECK_FALSE(house.log.contains("top-secret-guess"));
    CHECK_FALSE(house.log.contains(password));
    for (const auto& decision : house.journal.decisions())
        CHECK(decision.reason.find("top-secret-guess") == std::string::npos);
}

TEST_CASE("an unknown user takes as long as a wrong password (A-005)") {
    House house;
    const auto hash = auth::hashPassword("x");
    REQUIRE(hash.has_value());
    house.dir.write("domains/a.example/users", "alice:" + *hash + "\n");
    REQUIRE(house.books->refreshIfChanged() == routing::LiveAddressBook::Refresh::Reloaded);
    const auto take = [&house](const std::string& user, std::chrono::nanoseconds shortest) {
        const auto begin = workSoFar();
        (void)house.login(user, "wrong");
        return std::min(shortest, workSoFar() - begin);
    };
    auto known = std::chrono::nanoseconds::max();
    auto unknown = known;
    auto foreign = known;
    // in turn, so that what a processor's cache or clock does meets all of them
    for (int i = 0; i < 6; ++i) {
        known = take("alice@a.example", known);
        unknown = take("nobody@a.example", unknown);
        foreign = take("nobody@b.example", foreign);
    }
    CHECK(unknown * 2 > known);
    CHECK(known * 2 > unknown);
    CHECK(foreign * 2 > known);
    CHECK(known * 2 > foreign);
}

TEST_CASE(
    "an unknown name takes as long as the users of a database, whatever hash they have (A-005)") {
    House house;
    test::FakeAccountSource database;
    database.add("zoe@a.example");
    // about ten times as long as the hash that stands in where nothing is known
    database.accounts["zoe@a.example"].hash =
        "{SHA512-CRYPT}$6$rounds=200000$saltstring$"
        "y8nN7yVPLYHnL9IKtSxLZCFYzD9zWTNfLc6VJgOJ1lUUcMJh5VgbzjLHUHzL0pZkBWJbv0uZ7nJj4wK6pvKqn.";
    auth::PasswordAuthenticatorOptions options;
    options.pause = [](std::chrono::milliseconds) {};
    auth::PasswordAuthenticator authenticator{
        {database, *house.books, house.mailLog, house.log, house.metrics, house.clock},
        std::move(options)};
    const auto take = [&](const std::string& user, std::chrono::nanoseconds shortest) {
        const auto begin = workSoFar();
        CHECK((authenticator
                   .authenticate(smtp::PasswordLogin{"", user, "wrong"}, test::factsOfClient())
                   .outcome == AuthOutcome::Rejected));
        return std::min(shortest, workSoFar() - begin);
    };
    auto known = std::chrono::nanoseconds::max();
    auto unknown = known;
    for (int i = 0; i < 4; ++i) {
        known = take("zoe@a.example", known);
        unknown = take("nobody@a.example", unknown);
    }
    CHECK(unknown * 3 > known);
    CHECK(known * 3 > unknown);
}

TEST_CASE("who may not send does not hear by the time that his password is right") {
    House house;
    const auto hash = auth::hashPassword("right");
    REQUIRE(hash.has_value());
    house.dir.write("domains/a.example/users",
                    "dave:" + *hash + "::::::userdb_postrider_send=no\n");
    REQUIRE(house.books->refreshIfChanged() == routing::LiveAddressBook::Refresh::Reloaded);
    const auto take = [&house](const std::string& secret, std::chrono::nanoseconds shortest) {
        const auto begin = workSoFar();
        CHECK((house.login("dave@a.example", secret).outcome == AuthOutcome::Rejected));
        return std::min(shortest, workSoFar() - begin);
    };
    auto right = std::chrono::nanoseconds::max();
    auto wrong = right;
    for (int i = 0; i < 4; ++i) {
        right = take("right", right);
        wrong = take("wrong", wrong);
    }
    CHECK(right * 2 > wrong);
}

TEST_CASE("a right password is hashed once, but never one that is not right any more") {
    House house;
    const auto take = [&house](const std::string& secret) {
        const auto begin = workSoFar();
        const auto outcome = house.login("alice@a.example", secret).outcome;
        return std::pair{outcome, workSoFar() - begin};
    };
    const auto first = auth::hashPassword("first");
    const auto second = auth::hashPassword("second");
    REQUIRE((first && second));
    house.dir.write("domains/a.example/users", "alice:" + *first + "\n");
    REQUIRE(house.books->refreshIfChanged() == routing::LiveAddressBook::Refresh::Reloaded);
    const auto once = take("first");
    CHECK(once.first == AuthOutcome::Accepted);
    auto again = take("first");
    for (int i = 0; i < 5; ++i)
        again = std::min(again, take("first"));
    CHECK(again.first == AuthOutcome::Accepted);
    CHECK(again.second * 2 < once.second);

    house.dir.write("domains/a.example/users", "alice:" + *second + "\n");
    REQUIRE(house.books->refreshIfChanged() == routing::LiveAddressBook::Refresh::Reloaded);
    CHECK(take("first").first == AuthOutcome::Rejected);
    CHECK(take("second").first == AuthOutcome::Accepted);
}

TEST_CASE("logins beyond the slots wait, and hear 'later' when that takes too long (A-005)") {
    House house;
    auth::PasswordAuthenticatorOptions options;
    options.parallel = 1;
    options.patience = 0ms;
    options.pause = [](std::chrono::milliseconds) {};
    auth::PasswordAuthenticator narrow{house.parts(), options};
    std::atomic<int> unavailable{0};
    std::atomic<int> rejected{0};
    const auto many = [&](std::uint8_t thread) {
        auto facts = factsOfClient();
        for (std::uint8_t i = 0; i < 30; ++i) {
            // names and networks that have not failed before: nobody is throttled
            facts.client.ip = IpAddress::v4({10, thread, i, 1});
            const std::string name = "nobody" + std::to_string(thread * 100 + i) + "@a.example";
            const auto answer = narrow.authenticate(smtp::PasswordLogin{"", name, "x"}, facts);
            if (answer.outcome == AuthOutcome::Unavailable) ++unavailable;
            if (answer.outcome == AuthOutcome::Rejected) ++rejected;
        }
    };
    {
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (std::uint8_t i = 0; i < 4; ++i)
            threads.emplace_back(many, i);
    }
    CHECK(rejected > 0);
    CHECK(rejected + unavailable == 120);
    CHECK(unavailable > 0);
}
