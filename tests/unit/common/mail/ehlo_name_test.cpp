#include "common/mail/ehlo_name.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

using namespace std::string_literals;

TEST_CASE("an EHLO name is a domain, a literal, or kept as text (S-013, S-014)") {
    const auto domain = EhloName::from("Mail.Example.org");
    REQUIRE(domain.domain() != nullptr);
    CHECK(domain.domain()->ascii() == "mail.example.org");
    CHECK(domain.literal() == nullptr);
    CHECK(domain.toString() == "Mail.Example.org");

    const auto literal = EhloName::from("[IPv6:2001:db8::1]");
    REQUIRE(literal.literal() != nullptr);
    CHECK(literal.domain() == nullptr);
    CHECK(literal.toString() == "[IPv6:2001:db8::1]");

    const auto odd = EhloName::from("my_laptop");
    CHECK(odd.domain() == nullptr);
    CHECK(odd.literal() == nullptr);
    CHECK(odd.toString() == "my_laptop");
}

TEST_CASE("an internationalised name is written as A-labels (I-006)") {
    CHECK(EhloName::from("b\u00FCcher.example").toString() == "xn--bcher-kva.example");
}

TEST_CASE("no EHLO name can add anything to a Received field") {
    struct Case {
        std::string text;
        std::string kept;
    };
    const Case cases[] = {
        {"x\r\nX-Evil: 1", "x??X-Evil:?1"},
        {"a\0b"s, "a?b"},
        {"x) by good (y", "x??by?good??y"},
        {"<x>", "?x?"},
        {"a;date", "a?date"},
        {"\"q\\", "?q?"},
        {"caf\u00E9_x", "caf??_x"},
        {"a,b", "a?b"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.kept);
        CHECK(EhloName::from(c.text).toString() == c.kept);
    }
    CHECK(EhloName::from(std::string(100'000, '_')).toString().size() == 255);
}

}  // namespace postrider::mail
