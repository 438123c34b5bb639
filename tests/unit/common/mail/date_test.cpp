#include "common/mail/date.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

TEST_CASE("dates are those of RFC 5322 section 3.3, in UTC (C-019)") {
    struct Case {
        std::int64_t seconds;
        std::string mail;
        std::string iso;
    };
    const Case cases[] = {
        {0, "Thu, 1 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00Z"},
        {951'782'399, "Mon, 28 Feb 2000 23:59:59 +0000", "2000-02-28T23:59:59Z"},
        {951'782'400, "Tue, 29 Feb 2000 00:00:00 +0000", "2000-02-29T00:00:00Z"},
        {1'795'262'400, "Sat, 21 Nov 2026 12:00:00 +0000", "2026-11-21T12:00:00Z"},
        {4'102'444'799, "Thu, 31 Dec 2099 23:59:59 +0000", "2099-12-31T23:59:59Z"},
        {-1, "Wed, 31 Dec 1969 23:59:59 +0000", "1969-12-31T23:59:59Z"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.mail);
        CHECK(formatDate(fromUnixSeconds(c.seconds)) == c.mail);
        CHECK(formatIsoTime(fromUnixSeconds(c.seconds)) == c.iso);
        CHECK(formatDate(fromUnixSeconds(c.seconds) + std::chrono::milliseconds{999}) == c.mail);
    }
}

TEST_CASE("RFC 3339 dates are read in any zone, and those of no calendar are not (RFC 3339 5.6)") {
    CHECK(parseIsoTime("2026-11-21T12:00:00Z") == fromUnixSeconds(1'795'262'400));
    CHECK(parseIsoTime("2026-11-21t12:00:00.987654z") == fromUnixSeconds(1'795'262'400));
    CHECK(parseIsoTime("2026-11-21T13:30:00+01:30") == fromUnixSeconds(1'795'262'400));
    CHECK(parseIsoTime("2026-11-20T22:00:00-14:00") == fromUnixSeconds(1'795'262'400));
    CHECK(parseIsoTime("2024-02-29T00:00:00Z").has_value());
    CHECK(parseIsoTime("2016-12-31T23:59:60Z") == parseIsoTime("2017-01-01T00:00:00Z"));
    CHECK(parseIsoTime("2261-12-31T23:59:59-23:59").has_value());
    for (const auto& wrong : {"",
                              "2026-11-21",
                              "2026-11-21T12:00:00",
                              "2026-11-21 12:00:00Z",
                              "2026-02-29T00:00:00Z",
                              "2026-13-01T00:00:00Z",
                              "2026-00-10T00:00:00Z",
                              "2026-11-21T24:00:00Z",
                              "2026-11-21T12:60:00Z",
                              "2026-11-21T12:00:61Z",
                              "2026-11-21T12:00:00.Z",
                              "2026-11-21T12:00:00+1:00",
                              "2026-11-21T12:00:00+24:00",
                              "2026-11-21T12:00:00ZZ",
                              "1969-12-31T23:59:59Z",
                              "2262-01-01T00:00:00Z",
                              "-026-11-21T12:00:00Z",
                              "2026-11-21T12-00:00Z",
                              "2026-11-21T12:00-00Z",
                              "20261121T120000Z"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parseIsoTime(wrong).has_value());
    }
}

}  // namespace postrider::mail
