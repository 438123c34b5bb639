#include "common/mail/opaque_string.h"

#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <vector>

using postrider::mail::opaqueString;

TEST_CASE("passwords are brought to one form before they are compared (RFC 8265 4.2, A-008)") {
    struct Case {
        std::string typed;
        std::optional<std::string> prepared;
    };
    const std::vector<Case> cases{
        // the examples of RFC 8265 section 4.3
        {"correct horse battery staple", "correct horse battery staple"},
        {"Correct Horse Battery Staple", "Correct Horse Battery Staple"},
        {"\xCF\x80\xC3\x9F\xC3\xA5", "\xCF\x80\xC3\x9F\xC3\xA5"},
        {"Jack of \xE2\x99\xA6s", "Jack of \xE2\x99\xA6s"},
        {"foo\xE1\x9A\x80"
         "bar",
         "foo bar"},
        {"", std::nullopt},
        {"my cat is a \x09"
         "by",
         std::nullopt},
        // decomposed becomes composed; full-width stays
        {"u\xCC\x88", "\xC3\xBC"},
        {"\xEF\xBC\xA1", "\xEF\xBC\xA1"},
        {"a\xC2\xA0z", "a z"},
        {"\xC2\x85", std::nullopt},
        {"\xff", std::nullopt},
        {"\xCD\xB8", std::nullopt},
        {std::string(4097, 'x'), std::nullopt},
    };
    for (const Case& c : cases) {
        CAPTURE(c.typed);
        CHECK(opaqueString(c.typed) == c.prepared);
    }
}
