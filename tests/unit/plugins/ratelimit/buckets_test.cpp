#include "plugins/hooks/ratelimit/buckets.h"

#include "tests/support/fake_clock.h"

#include <chrono>
#include <doctest/doctest.h>
#include <string>

using namespace postrider;
using namespace std::chrono_literals;
using hooks::Buckets;
using hooks::Rate;

TEST_CASE("a rate is a number and a time") {
    CHECK(Rate::parse("100/1h") == Rate{100, 1h});
    CHECK(Rate::parse(" 1 / 30s ") == Rate{1, 30s});
    for (const auto* text : {"", "100", "/1h", "100/", "0/1h", "100/0s", "100/h", "-1/1h", "1.5/1h",
                             "1000001/1h", "100/1h/2", "100/1w"}) {
        CAPTURE(text);
        CHECK_FALSE(Rate::parse(text));
    }
}

TEST_CASE("a bucket gives all it has at once, and then one at a time") {
    test::FakeClock clock;
    Buckets buckets{Rate{3, 60s}, clock};
    CHECK(buckets.take("a"));
    CHECK(buckets.take("a"));
    CHECK(buckets.take("a"));
    CHECK_FALSE(buckets.take("a"));
    clock.advance(19s);
    CHECK_FALSE(buckets.take("a"));
    clock.advance(1s);
    CHECK(buckets.take("a"));
    CHECK_FALSE(buckets.take("a"));
    clock.advance(10min);
    for (int i = 0; i < 3; ++i)
        CHECK(buckets.take("a"));
    CHECK_FALSE(buckets.take("a"));
}

TEST_CASE("one key does not take from another") {
    test::FakeClock clock;
    Buckets buckets{Rate{1, 60s}, clock};
    CHECK(buckets.take("a"));
    CHECK(buckets.take("b"));
    CHECK_FALSE(buckets.take("a"));
}

TEST_CASE("a clock that is set back or forward changes nothing") {
    test::FakeClock clock;
    Buckets buckets{Rate{1, 60s}, clock};
    CHECK(buckets.take("a"));
    clock.jumpTo(clock.now() + 24h);
    CHECK_FALSE(buckets.take("a"));
}

TEST_CASE("a full table lets newcomers pass, and has room again when buckets have filled") {
    test::FakeClock clock;
    Buckets buckets{Rate{1, 60s}, clock};
    for (std::size_t i = 0; i < Buckets::mostKeys; ++i)
        buckets.take(std::to_string(i));
    CHECK(buckets.size() == Buckets::mostKeys);
    CHECK(buckets.take("new"));
    CHECK(buckets.take("new"));
    CHECK_FALSE(buckets.take("0"));
    clock.advance(60s);
    CHECK(buckets.size() == 0);
    CHECK(buckets.take("new"));
    CHECK_FALSE(buckets.take("new"));
}
