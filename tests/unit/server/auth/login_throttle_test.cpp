#include "server/auth/login_throttle.h"

#include "tests/support/fake_clock.h"

#include <chrono>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using namespace std::chrono_literals;
using postrider::auth::LoginThrottle;
using postrider::test::FakeClock;

namespace {

const IpAddress attacker = *IpAddress::parse("192.0.2.1");
const IpAddress other = *IpAddress::parse("198.51.100.1");

}  // namespace

TEST_CASE("failures are answered later and later, up to four seconds (A-010)") {
    const FakeClock clock;
    LoginThrottle throttle{clock};
    std::vector<std::chrono::milliseconds> delays;
    delays.reserve(9);
    for (int i = 0; i < 9; ++i)
        delays.push_back(throttle.failed(attacker, "alice@a.example"));
    CHECK(delays == std::vector<std::chrono::milliseconds>{0ms, 0ms, 0ms, 250ms, 500ms, 1000ms,
                                                           2000ms, 4000ms, 4000ms});
    CHECK_FALSE(throttle.isRefused(attacker, "alice@a.example"));
    (void)throttle.failed(attacker, "alice@a.example");
    CHECK(throttle.isRefused(attacker, "alice@a.example"));
}

TEST_CASE("a user who is guessed at is not locked out of his account from elsewhere") {
    const FakeClock clock;
    LoginThrottle throttle{clock};
    for (int i = 0; i < 25; ++i)
        (void)throttle.failed(attacker, "alice@a.example");
    CHECK(throttle.isRefused(attacker, "alice@a.example"));
    CHECK_FALSE(throttle.isRefused(attacker, "bob@a.example"));
    CHECK_FALSE(throttle.isRefused(other, "alice@a.example"));
    CHECK(throttle.failed(other, "alice@a.example") == 4s);  // slowed all the same
}

TEST_CASE("a network that tries many users is refused for all of them") {
    const FakeClock clock;
    LoginThrottle throttle{clock};
    for (int i = 0; i < 30; ++i) {
        CHECK_FALSE(throttle.isRefused(attacker, "x@a.example"));
        (void)throttle.failed(attacker, "user" + std::to_string(i) + "@a.example");
    }
    CHECK(throttle.isRefused(attacker, "x@a.example"));
    CHECK_FALSE(throttle.isRefused(other, "x@a.example"));
}

TEST_CASE("an IPv6 /64 is one network") {
    const FakeClock clock;
    LoginThrottle throttle{clock};
    for (int i = 1; i <= 10; ++i)
        (void)throttle.failed(*IpAddress::parse("2001:db8::" + std::to_string(i)), "alice@a");
    CHECK(throttle.isRefused(*IpAddress::parse("2001:db8::ffff"), "alice@a"));
    CHECK_FALSE(throttle.isRefused(*IpAddress::parse("2001:db8:0:1::1"), "alice@a"));
}

TEST_CASE("one failure is forgiven each minute; a success forgives the user's, not the network's") {
    FakeClock clock;
    LoginThrottle throttle{clock};
    for (int i = 0; i < 10; ++i)
        (void)throttle.failed(attacker, "alice@a.example");
    clock.advance(59s);
    CHECK(throttle.isRefused(attacker, "alice@a.example"));
    clock.advance(2s);
    CHECK_FALSE(throttle.isRefused(attacker, "alice@a.example"));

    throttle.succeeded(attacker, "alice@a.example");
    CHECK(throttle.failed(attacker, "bob@a.example") == 4s);
    clock.advance(24h);
    CHECK(throttle.failed(attacker, "alice@a.example") == 0s);
}

TEST_CASE("the table stays bounded under a flood of addresses") {
    FakeClock clock;
    LoginThrottle throttle{clock};
    for (std::uint8_t a = 0; a < 40; ++a) {
        for (std::uint16_t b = 0; b < 100; ++b) {
            clock.advance(1us);
            (void)throttle.failed(IpAddress::v4({10, a, static_cast<std::uint8_t>(b), 1}),
                                  "user" + std::to_string(a * 100 + b));
        }
    }
    CHECK(throttle.size() <= LoginThrottle::tableLimit);
    CHECK(throttle.size() > LoginThrottle::tableLimit / 2);
}
