#include "server/queue/retry_policy.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"

#include <chrono>
#include <doctest/doctest.h>
#include <set>

using namespace std::chrono_literals;
using postrider::WallTime;
using postrider::queue::Jitter;
using postrider::queue::RetryPolicy;
using postrider::test::FakeClock;
using postrider::test::FakeRandom;

TEST_CASE(
    "waits follow the schedule, the last repeats, and chance adds up to a quarter (RFC 5321 "
    "4.5.4.1, C-007)") {
    const RetryPolicy policy{{60s, 600s, 3600s}, 120h};
    FakeRandom random;
    struct Case {
        unsigned attempts;
        std::chrono::seconds base;
    };
    const Case cases[] = {{0, 60s}, {1, 60s}, {2, 600s}, {3, 3600s}, {4, 3600s}, {4000, 3600s}};
    for (const Case& c : cases) {
        CAPTURE(c.attempts);
        std::set<std::chrono::seconds> seen;
        for (int i = 0; i < 200; ++i) {
            const auto delay = policy.delayAfter(c.attempts, Jitter{random});
            CHECK(delay >= c.base);
            CHECK(delay <= c.base * 5 / 4);
            CHECK(delay <= policy.longestDelay());
            seen.insert(delay);
        }
        CHECK(seen.size() > 5);
    }
}

TEST_CASE("a last attempt is made when the message expires, and then no more (RFC 5321 4.5.4.1)") {
    const RetryPolicy policy{{1h}, 24h};
    FakeRandom random;
    const WallTime received = FakeClock{}.now();
    const WallTime expires = policy.expiresAt(received);
    CHECK(expires == received + 24h);
    CHECK(policy.nextAttempt(1, received, expires, Jitter{random}) >= received + 1h);
    CHECK(policy.nextAttempt(23, expires - 10min, expires, Jitter{random}) == expires);
    CHECK_FALSE(policy.nextAttempt(24, expires, expires, Jitter{random}).has_value());
    CHECK_FALSE(policy.nextAttempt(24, expires + 1s, expires, Jitter{random}).has_value());
}

TEST_CASE(
    "with the default schedule a message is tried for days, every few hours in the end (C-007)") {
    const RetryPolicy policy{{1min, 5min, 15min, 30min, 1h, 2h, 4h}, 5 * 24h};
    FakeRandom random;
    const WallTime received = FakeClock{}.now();
    const WallTime expires = policy.expiresAt(received);
    WallTime now = received;
    unsigned attempts = 1;
    while (const auto next = policy.nextAttempt(attempts, now, expires, Jitter{random})) {
        REQUIRE(*next > now);
        CHECK(*next - now <= 5h);
        now = *next;
        ++attempts;
    }
    CHECK(now == expires);
    CHECK(attempts > 25);
    CHECK(attempts < 45);
}

TEST_CASE("a schedule of zero seconds is allowed: tests use it") {
    const RetryPolicy policy{{0s}, 1h};
    FakeRandom random;
    CHECK(policy.delayAfter(1, Jitter{random}) == 0s);
}
