#include "plugins/couriers/smtp/next_hop.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using couriers::NextHop;

TEST_CASE("next hops in all their forms") {
    struct Case {
        std::string text;
        std::string kind;
        std::string name;
        std::uint16_t port;
    };
    const std::vector<Case> cases{
        {"Example.ORG", "domain", "example.org", 0},
        {"example.org:2525", "host", "example.org", 2525},
        {"[mx.example.org]", "host", "mx.example.org", 0},
        {"[mx.example.org]:26", "host", "mx.example.org", 26},
        {"[192.0.2.1]", "ip", "192.0.2.1", 0},
        {"[192.0.2.1]:2525", "ip", "192.0.2.1", 2525},
        {"192.0.2.1", "ip", "192.0.2.1", 0},
        {"192.0.2.1:25", "ip", "192.0.2.1", 25},
        {"[2001:db8::1]", "ip", "2001:db8::1", 0},
        {"[IPv6:2001:db8::1]", "ip", "2001:db8::1", 0},
        {"[::1]:25", "ip", "::1", 25},
        {"::1", "ip", "::1", 0},
    };
    for (const auto& c : cases) {
        CAPTURE(c.text);
        const auto hop = NextHop::parse(c.text);
        REQUIRE(hop);
        CHECK(hop->port.value_or(0) == c.port);
        if (const auto* domain = std::get_if<couriers::MailDomain>(&hop->place)) {
            CHECK(c.kind == "domain");
            CHECK(domain->name.ascii() == c.name);
        } else if (const auto* host = std::get_if<couriers::NamedHost>(&hop->place)) {
            CHECK(c.kind == "host");
            CHECK(host->name.ascii() == c.name);
        } else {
            CHECK(c.kind == "ip");
            CHECK(std::get<IpAddress>(hop->place).toString() == c.name);
        }
    }
}

TEST_CASE("what is no next hop") {
    for (const std::string text : {"", "a b", "example.org:", "example.org:0", "example.org:70000",
                                   "[192.0.2.1", "[192.0.2.1]25", "[]", "[192.0.2.1]:x", "../x"}) {
        CAPTURE(text);
        CHECK_FALSE(NextHop::parse(text));
    }
}
