#include "common/base/ip_address.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider {

using namespace std::string_literals;

TEST_CASE("an address is written in its one canonical form (RFC 5952)") {
    struct Case {
        std::string text;
        std::string canonical;
    };
    const Case cases[] = {{"192.0.2.1", "192.0.2.1"},
                          {"0.0.0.0", "0.0.0.0"},
                          {"::1", "::1"},
                          {"::", "::"},
                          {"2001:DB8::A", "2001:db8::a"},
                          {"2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
                          {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
                          {"::ffff:192.0.2.1", "192.0.2.1"},
                          {"::FFFF:c000:0201", "192.0.2.1"}};
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto ip = IpAddress::parse(c.text);
        REQUIRE(ip);
        CHECK(ip->toString() == c.canonical);
        CHECK(IpAddress::parse(ip->toString()) == ip);
    }
}

TEST_CASE("what is not exactly an address is none") {
    for (const std::string& bad :
         {""s,          " 1.2.3.4"s,     "1.2.3.4 "s,   "1.2.3"s,     "1.2.3.4.5"s,
          "256.1.1.1"s, "01.2.3.4"s,     "0x7f.0.0.1"s, "127.1"s,     "1.2.3.4\0"s,
          "::1\0x"s,    "fe80::1%eth0"s, "[::1]"s,      ":::"s,       "1::2::3"s,
          "12345::"s,   "::1.2.3"s,      "1.2.3.4:25"s, "localhost"s, std::string(100, '1')}) {
        CAPTURE(bad);
        CHECK_FALSE(IpAddress::parse(bad).has_value());
    }
}

TEST_CASE("a mapped IPv4 address and the plain one are the same peer") {
    const auto plain = IpAddress::parse("203.0.113.9");
    const auto mapped = IpAddress::parse("::ffff:203.0.113.9");
    REQUIRE(plain);
    CHECK(plain == mapped);
    CHECK(mapped->isV4());
    CHECK(IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 9}) == *plain);
    CHECK(IpAddress::parse("::203.0.113.9") != plain);
}

TEST_CASE("addresses that no public mail host can have are known (RFC 6890)") {
    for (const std::string text : {"0.1.2.3",
                                   "10.0.0.1",
                                   "100.64.0.1",
                                   "100.127.255.255",
                                   "127.0.0.1",
                                   "127.255.0.1",
                                   "169.254.169.254",
                                   "172.16.0.1",
                                   "172.31.255.255",
                                   "192.168.1.1",
                                   "192.0.0.8",
                                   "198.19.0.1",
                                   "224.0.0.1",
                                   "255.255.255.255",
                                   "240.0.0.1",
                                   "::",
                                   "::1",
                                   "::7f00:1",
                                   "fe80::1",
                                   "febf::1",
                                   "fc00::1",
                                   "fd12::1",
                                   "ff02::1",
                                   "2001:db8::1",
                                   "::ffff:127.0.0.1",
                                   "64:ff9b::7f00:1",
                                   "64:ff9b::a00:1",
                                   "2002:7f00:1::"}) {
        CAPTURE(text);
        CHECK(IpAddress::parse(text)->isSpecialPurpose());
    }
    for (const std::string text :
         {"8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
          "192.167.255.255", "192.169.0.0", "223.255.255.255", "128.0.0.1", "2a00:1450::1",
          "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::"}) {
        CAPTURE(text);
        CHECK_FALSE(IpAddress::parse(text)->isSpecialPurpose());
    }
}

TEST_CASE("loopback is 127/8 and ::1") {
    CHECK(IpAddress::parse("127.0.0.1")->isLoopback());
    CHECK(IpAddress::parse("127.9.9.9")->isLoopback());
    CHECK(IpAddress::parse("::1")->isLoopback());
    CHECK(IpAddress::parse("::ffff:127.0.0.1")->isLoopback());
    CHECK_FALSE(IpAddress::parse("128.0.0.1")->isLoopback());
    CHECK_FALSE(IpAddress::parse("::2")->isLoopback());
    CHECK_FALSE(IpAddress::parse("7f00::")->isLoopback());
}

TEST_CASE("an endpoint is written and read in one form for each family") {
    for (const std::string text : {"127.0.0.1:25", "[::1]:465", "[2001:db8::1]:65535"}) {
        CAPTURE(text);
        const auto endpoint = Endpoint::parse(text);
        REQUIRE(endpoint);
        CHECK(endpoint->toString() == text);
    }
    for (const std::string bad : {"", "25", ":25", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
                                  "127.0.0.1:65536", "127.0.0.1:+5", "::1:25", "[::1]", "[::1]25",
                                  "[127.0.0.1]:25", "[::1:25", "[]:25", "localhost:25"}) {
        CAPTURE(bad);
        CHECK_FALSE(Endpoint::parse(bad).has_value());
    }
}

}  // namespace postrider
