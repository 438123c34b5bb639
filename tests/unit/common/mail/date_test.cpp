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

}  // namespace postrider::mail
