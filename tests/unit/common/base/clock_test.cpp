#include "common/base/clock.h"

#include <doctest/doctest.h>
#include <limits>
#include <string>

namespace postrider {

TEST_CASE("stored seconds come back as the same time, before 1970 too") {
    for (const std::int64_t seconds : {-1L, 0L, 1L, 1'795'262'400L, 9'000'000'000L}) {
        CAPTURE(seconds);
        CHECK(unixSeconds(fromUnixSeconds(seconds)) == seconds);
    }
    CHECK(unixSeconds(fromUnixSeconds(-1) - std::chrono::milliseconds{1}) == -2);
}

TEST_CASE("a stored time beyond all reason is clamped, not wrapped") {
    CHECK(fromUnixSeconds(std::numeric_limits<std::int64_t>::max()) >
          fromUnixSeconds(9'000'000'000));
    CHECK(fromUnixSeconds(std::numeric_limits<std::int64_t>::min()) < fromUnixSeconds(0));
}

TEST_CASE("the ISO form has milliseconds and is UTC") {
    struct Case {
        WallTime time;
        std::string text;
    };
    const Case cases[] = {
        {fromUnixSeconds(0), "1970-01-01T00:00:00.000Z"},
        {fromUnixSeconds(1'795'262'400) + std::chrono::milliseconds{7}, "2026-11-21T12:00:00.007Z"},
        {fromUnixSeconds(1'709'164'799) + std::chrono::microseconds{999'999},
         "2024-02-28T23:59:59.999Z"},
        {fromUnixSeconds(1'709'164'800), "2024-02-29T00:00:00.000Z"},
        {fromUnixSeconds(-1), "1969-12-31T23:59:59.000Z"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CHECK(isoMilliseconds(c.time) == c.text);
    }
}

}  // namespace postrider
