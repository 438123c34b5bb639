#include "server/directory/cached_source.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_account_source.h"
#include "tests/support/fake_clock.h"

#include <doctest/doctest.h>

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
