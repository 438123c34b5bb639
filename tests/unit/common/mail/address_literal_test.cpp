#include "common/mail/address_literal.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

using namespace std::string_literals;

TEST_CASE("an address literal has brackets and, for IPv6, its tag (RFC 5321 4.1.3, S-014)") {
    struct Case {
        std::string text;
        std::string canonical;
    };
    const Case cases[] = {
        {"[192.0.2.1]", "[192.0.2.1]"},
        {"[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"},
        {"[ipV6:2001:DB8:0::1]", "[IPv6:2001:db8::1]"},
        {"[IPv6:::1]", "[IPv6:::1]"},
        {"[IPv6:::]", "[IPv6:::]"},
        {"[IPv6:::ffff:192.0.2.1]", "[192.0.2.1]"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto literal = AddressLiteral::parse(c.text);
        REQUIRE(literal);
        CHECK(literal->toString() == c.canonical);
    }
}

TEST_CASE("anything else in brackets is no address literal") {
    for (const std::string& bad : {""s,
                                   "["s,
                                   "[]"s,
                                   "192.0.2.1"s,
                                   "[192.0.2.1"s,
                                   "192.0.2.1]"s,
                                   "[::1]"s,
                                   "[2001:db8::1]"s,
                                   "[IPv6:192.0.2.1]"s,
                                   "[IPv6:]"s,
                                   "[IPv6 ::1]"s,
                                   "[ 192.0.2.1]"s,
                                   "[192.0.2.1 ]"s,
                                   "[192.0.2]"s,
                                   "[192.0.2.256]"s,
                                   "[192.0.2.01]"s,
                                   "[IPv6:fe80::1%1]"s,
                                   "[tag:content]"s,
                                   "[example.org]"s,
                                   "[[192.0.2.1]]"s,
                                   "[192.0.2.1\0]"s,
                                   "[IPv6:::1\r\n]"s}) {
        CAPTURE(bad);
        CHECK_FALSE(AddressLiteral::parse(bad).has_value());
    }
}

}  // namespace postrider::mail
