#include "server/directory/cached_source.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_account_source.h"
#include "tests/support/fake_clock.h"

#include <doctest/doctest.h>
#include <utility>

using namespace postrider;
using directory::CachedSource;
using test::FakeAccountSource;
using test::FakeClock;
using test::mailbox;
using namespace std::chrono_literals;

TEST_CASE("an account is remembered for ten seconds, an unknown name for three") {
    FakeAccountSource source;
    FakeClock clock;
    CachedSource cached{source, clock};
    source.add("alice@a.example");

    for (int i = 0; i < 5; ++i)
        CHECK((*cached.find(mailbox("alice@a.example")))->name == "alice@a.example");
    CHECK(source.asked == 1);
    for (int i = 0; i < 5; ++i)
        CHECK_FALSE(cached.find(mailbox("bob@a.example"))->has_value());
    CHECK(source.asked == 2);

    source.add("bob@a.example");
    clock.advance(2999ms);
    CHECK_FALSE(cached.find(mailbox("bob@a.example"))->has_value());
    clock.advance(1ms);
    CHECK(cached.find(mailbox("bob@a.example"))->has_value());

    source.accounts.erase("alice@a.example");
    clock.advance(6999ms);
    CHECK(cached.find(mailbox("alice@a.example"))->has_value());
    clock.advance(1ms);
    CHECK_FALSE(cached.find(mailbox("alice@a.example"))->has_value());
}

TEST_CASE("spellings of one name are one entry") {
    FakeAccountSource source;
    FakeClock clock;
    CachedSource cached{source, clock};
    source.add("alice@a.example");
    CHECK(cached.find(mailbox("alice@a.example"))->has_value());
    CHECK(cached.find(mailbox("ALICE@A.EXAMPLE"))->has_value());
    CHECK(source.asked == 1);
}

TEST_CASE("an error is not remembered: the next question is asked") {
    FakeAccountSource source;
    FakeClock clock;
    CachedSource cached{source, clock};
    source.add("alice@a.example");
    source.down = "gone";
    CHECK_FALSE(cached.find(mailbox("alice@a.example")).has_value());
    source.down.clear();
    CHECK(cached.find(mailbox("alice@a.example"))->has_value());
}

TEST_CASE("passwords go to the source each time") {
    FakeAccountSource source;
    FakeClock clock;
    CachedSource cached{source, clock};
    source.add("alice@a.example");
    CHECK(*cached.check(mailbox("alice@a.example"), "right"));
    source.password = "changed";
    CHECK_FALSE(*cached.check(mailbox("alice@a.example"), "right"));
}

TEST_CASE("a reload forgets") {
    FakeAccountSource source;
    FakeClock clock;
    CachedSource cached{source, clock};
    CHECK_FALSE(cached.find(mailbox("alice@a.example"))->has_value());
    source.add("alice@a.example");
    cached.forget();
    CHECK(cached.find(mailbox("alice@a.example"))->has_value());
}

TEST_CASE("a flood of names does not grow the memory without end") {
    FakeAccountSource source;
    FakeClock clock;
    CachedSource cached{source, clock, {.entries = 10}};
    for (int i = 0; i < 25; ++i)
        CHECK(cached.find(mailbox("n" + std::to_string(i) + "@a.example")).has_value());
    CHECK(source.asked == 25);
    CHECK(cached.find(mailbox("n24@a.example")).has_value());
    CHECK(source.asked == 25);
    CHECK(cached.find(mailbox("n0@a.example")).has_value());  // long pushed out
    CHECK(source.asked == 26);
}

TEST_CASE(
    "a login hears what is true now: a new password, an account just made, one just removed") {
    FakeAccountSource source;
    FakeClock clock;
    CachedSource cached{source, clock};
    const auto alice = mailbox("alice@a.example");
    CHECK_FALSE(cached.find(alice)->has_value());
    source.accounts["alice@a.example"] = {"alice@a.example", "{CRYPT}old"};
    CHECK((*cached.findAnew(alice))->hash == "{CRYPT}old");
    CHECK((*cached.find(alice))->hash == "{CRYPT}old");  // and the rest hears it from then on
    source.accounts["alice@a.example"].hash = "{CRYPT}new";
    CHECK((*cached.findAnew(alice))->hash == "{CRYPT}new");
    CHECK((*cached.find(alice))->hash == "{CRYPT}new");
    source.accounts.clear();
    CHECK_FALSE(cached.findAnew(alice)->has_value());
    CHECK_FALSE(cached.find(alice)->has_value());
    CHECK(source.asked == 4);
}

TEST_CASE("a right that is taken away is gone after ten seconds, however often it is asked for") {
    FakeAccountSource source;
    FakeClock clock;
    CachedSource cached{source, clock};
    const auto alice = mailbox("alice@a.example");
    source.add("alice@a.example");
    CHECK((*cached.find(alice))->maySend);
    source.accounts["alice@a.example"].maySend = false;
    for (int second = 0; second < 10; ++second) {
        CHECK((*cached.find(alice))->maySend);
        clock.advance(1s);
    }
    CHECK_FALSE((*cached.find(alice))->maySend);
}

TEST_CASE("an answer that comes late neither counts longer nor hides a newer one") {
    /// Somebody else logs in while an answer is under way, which takes four seconds.
    struct SlowSource final : users::AccountSource {
        FakeClock& clock;
        CachedSource* cached = nullptr;
        std::string hash = "{CRYPT}old";
        explicit SlowSource(FakeClock& itsClock) : clock(itsClock) {}
        [[nodiscard]] std::string_view name() const override { return "slow"; }
        Result<std::optional<users::Account>, std::string> find(
            const mail::Mailbox& address) override {
            users::Account account{address.toString(), hash};
            hash = "{CRYPT}new";
            clock.advance(4s);
            if (auto* other = std::exchange(cached, nullptr))
                CHECK(other->findAnew(address).has_value());
            return std::optional{account};
        }
        Result<bool, std::string> check(const mail::Mailbox&, std::string_view) override {
            return false;
        }
    };
    FakeClock clock;
    SlowSource source{clock};
    CachedSource cached{source, clock};
    const auto alice = mailbox("alice@a.example");
    source.cached = &cached;
    CHECK((*cached.find(alice))->hash == "{CRYPT}old");
    CHECK((*cached.find(alice))->hash == "{CRYPT}new");
    source.hash = "{CRYPT}newest";
    clock.advance(5999ms);  // after the four seconds that the question took
    CHECK((*cached.find(alice))->hash == "{CRYPT}new");
    clock.advance(1ms);
    CHECK((*cached.find(alice))->hash == "{CRYPT}newest");
}
