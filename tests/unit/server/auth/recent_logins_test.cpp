#include "server/auth/recent_logins.h"

#include "tests/support/fake_clock.h"

#include <doctest/doctest.h>
#include <string>

using postrider::auth::RecentLogins;
using postrider::test::FakeClock;

TEST_CASE("a password is known for its hash only, and for ten minutes") {
    FakeClock clock;
    RecentLogins recent{clock};
    CHECK_FALSE(recent.holds("{CRYPT}$y$a", "secret"));
    recent.remember("{CRYPT}$y$a", "secret");
    CHECK(recent.holds("{CRYPT}$y$a", "secret"));
    CHECK_FALSE(recent.holds("{CRYPT}$y$a", "Secret"));
    CHECK_FALSE(recent.holds("{CRYPT}$y$b", "secret"));
    CHECK_FALSE(recent.holds("{CRYPT}$y$", "asecret"));
    CHECK_FALSE(recent.holds("", ""));
    clock.advance(RecentLogins::longest - std::chrono::seconds{1});
    CHECK(recent.holds("{CRYPT}$y$a", "secret"));
    clock.advance(std::chrono::seconds{1});
    CHECK_FALSE(recent.holds("{CRYPT}$y$a", "secret"));
}

TEST_CASE(
    "two servers do not know each other's logins by their digests, nor does one grow for ever") {
    FakeClock clock;
    RecentLogins recent{clock};
    recent.remember("{CRYPT}$y$a", "secret");
    CHECK_FALSE(RecentLogins{clock}.holds("{CRYPT}$y$a", "secret"));
    for (std::size_t i = 0; i < RecentLogins::most; ++i)
        recent.remember("{CRYPT}$y$b", std::to_string(i));
    CHECK(recent.holds("{CRYPT}$y$b", std::to_string(RecentLogins::most - 1)));
    CHECK_FALSE(recent.holds("{CRYPT}$y$a", "secret"));
}
