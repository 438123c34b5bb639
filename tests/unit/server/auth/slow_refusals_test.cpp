#include "common/base/text.h"
#include "server/directory/account_chain.h"
#include "server/directory/dovecot_source.h"
#include "tests/support/fake_account_source.h"
#include "tests/support/fake_dovecot.h"
#include "tests/unit/server/auth/house_of_users.h"

#include <algorithm>
#include <condition_variable>
#include <doctest/doctest.h>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace postrider;
using namespace std::chrono_literals;
using postrider::smtp::AuthOutcome;
using test::FakeDovecot;

namespace {

/// The house with a Dovecot behind its users files.
struct House : test::HouseOfUsers {
    directory::DovecotSource dovecot{{dir / "client", dir / "userdb", 3000ms}};
    directory::AccountChain chain{{accounts.get(), &dovecot}};
    std::optional<FakeDovecot> userdb;
    std::optional<FakeDovecot> client;
    std::unique_ptr<auth::PasswordAuthenticator> both = authenticatorOf(chain);

    std::unique_ptr<auth::PasswordAuthenticator> authenticatorOf(users::AccountSource& source,
                                                                 std::ptrdiff_t parallel = 4) {
        auth::PasswordAuthenticatorOptions options;
        options.parallel = parallel;
        options.patience = 0ms;
        options.pause = [](std::chrono::milliseconds) {};
        return std::make_unique<auth::PasswordAuthenticator>(
            auth::AuthenticatorParts{source, *books, mailLog, log, metrics, clock}, options);
    }
    /// Says so from now on; without a reply to AUTH the socket for it is gone.
    void answer(const std::string& user, const std::string& login) {
        userdb.reset();
        client.reset();
        for (const auto* socket : {"userdb", "client"})
            std::filesystem::remove(dir / socket);
        userdb.emplace(dir / "userdb", FakeDovecot::userdbGreeting, user);
        if (!login.empty()) client.emplace(dir / "client", FakeDovecot::clientGreeting, login);
    }
    AuthOutcome enter(const std::string& user, const std::string& password) {
        return both->authenticate(smtp::PasswordLogin{"", user, password}, test::factsOfClient())
            .outcome;
    }
    /// How many passwords Dovecot was asked for.
    std::ptrdiff_t asked() const {
        const auto heard = client->heard();
        return std::count_if(heard.begin(), heard.end(),
                             [](const auto& line) { return line.starts_with("AUTH\t"); });
    }
};

}  // namespace

TEST_CASE("Dovecot refuses every login that is refused, once, whoever knows the user (A-005)") {
    const std::string unknown = "NOTFOUND\t1\n";
    const std::string known = "USER\t1\tx\n";
    const std::string refused = "FAIL\t1\tuser=x\n";
    struct Case {
        std::string what;
        std::string userdb;
        std::string auth;
        std::string user;
        std::string password;
        std::ptrdiff_t questions;
    };
    const std::vector<Case> cases{
        {"its own user", known, refused, "zoe@a.example", "wrong", 1},
        {"a name nobody knows", unknown, refused, "nobody@a.example", "wrong", 1},
        {"a user of the file", unknown, refused, "alice@a.example", "wrong", 1},
        {"one who may not send", unknown, refused, "dave@a.example", test::password, 1},
        {"one who is locked out", unknown, refused, "bob@a.example", "*", 1},
        // the right password of its own user, which it does not hold back
        {"its own who may not send", "USER\t1\tx\tpostrider_send=no\n", "OK\t1\tuser=x\n",
         "zoe@a.example", "right", 2},
    };
    for (const Case& c : cases) {
        CAPTURE(c.what);
        House house;
        house.answer(c.userdb, c.auth);
        CHECK((house.enter(c.user, c.password) == AuthOutcome::Rejected));
        CHECK(house.asked() == c.questions);
    }
}

TEST_CASE("a right password waits for no refusal") {
    House house;
    house.answer("NOTFOUND\t1\n", "FAIL\t1\tuser=x\n");
    CHECK((house.enter("alice@a.example", test::password) == AuthOutcome::Accepted));
    CHECK(house.asked() == 0);
}

TEST_CASE("what a user of ours has mistyped is not told to Dovecot") {
    House house;
    house.answer("NOTFOUND\t1\n", "FAIL\t1\tuser=x\n");
    CHECK((house.enter("alice@a.example", "mistyped") == AuthOutcome::Rejected));
    const auto mistyped = text::toBase64(std::string{"\0alice@a.example\0mistyped", 25});
    for (const auto& line : house.client->heard())
        CHECK(line.find(mistyped) == std::string::npos);
}

TEST_CASE("while Dovecot checks no passwords, unknown names and its users hear 'later' alike") {
    House house;
    house.answer("NOTFOUND\t1\n", "");
    CHECK((house.enter("nobody@a.example", "wrong") == AuthOutcome::Unavailable));
    CHECK((house.enter("alice@a.example", "wrong") == AuthOutcome::Rejected));
    CHECK((house.enter("alice@a.example", test::password) == AuthOutcome::Accepted));
    house.answer("USER\t1\tx\n", "");
    CHECK((house.enter("zoe@a.example", "wrong") == AuthOutcome::Unavailable));
}

TEST_CASE("refusals that another program holds back take no place from those who hash") {
    /// Holds back every refusal until it is told not to.
    struct HoldingSource final : users::AccountSource {
        users::AccountSource& files;
        std::mutex mutex;
        std::condition_variable changed;
        int held = 0;        ///< guarded by mutex
        bool letGo = false;  ///< guarded by mutex
        explicit HoldingSource(users::AccountSource& users) : files(users) {}
        [[nodiscard]] std::string_view name() const override { return "holding"; }
        Result<std::optional<users::Account>, std::string> find(
            const mail::Mailbox& address) override {
            return files.find(address);
        }
        Result<bool, std::string> check(const mail::Mailbox&, std::string_view) override {
            return false;
        }
        Result<Done, std::string> imitateRefusal(const mail::Mailbox&) override {
            std::unique_lock lock{mutex};
            ++held;
            changed.notify_all();
            changed.wait(lock, [this] { return letGo; });
            return Done{};
        }
    };
    House house;
    HoldingSource holding{*house.accounts};
    const auto authenticator = house.authenticatorOf(holding, 1);
    const auto enter = [&](const std::string& user, const std::string& password) {
        return authenticator
            ->authenticate(smtp::PasswordLogin{"", user, password}, test::factsOfClient())
            .outcome;
    };
    const std::jthread guesser{[&] { (void)enter("nobody@a.example", "wrong"); }};
    {
        std::unique_lock lock{holding.mutex};
        holding.changed.wait(lock, [&] { return holding.held == 1; });
    }
    CHECK((enter("alice@a.example", test::password) == AuthOutcome::Accepted));
    const std::lock_guard lock{holding.mutex};
    holding.letGo = true;
    holding.changed.notify_all();
}
