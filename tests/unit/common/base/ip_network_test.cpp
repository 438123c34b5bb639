#include "common/base/ip_network.h"

#include <doctest.h>
#include <string>
#include <vector>

using postrider::IpAddress;
using postrider::IpNetwork;

namespace {

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

}  // namespace

TEST_CASE("a network holds the addresses that begin like it, of its own family") {
    struct Case {
        std::string network;
        std::string address;
        bool inside;
    };
    const std::vector<Case> cases{
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"192.0.2.128/25", "192.0.2.255", true},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.6", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "10.0.0.1", false},
        {"2001:db8::/32", "2001:db8:ffff::1", true},
        {"2001:db8::/32", "2001:db9::1", false},
        {"2001:db8:0:2::/63", "2001:db8:0:3::1", true},
        {"::1", "::1", true},
        {"10.0.0.0/8", "::ffff:10.1.2.3", true},  // an IPv4 client on a socket for both families
    };
    for (const Case& c : cases) {
        CAPTURE(c.network);
        CAPTURE(c.address);
        const auto network = IpNetwork::parse(c.network);
        REQUIRE(network);
        CHECK(network->contains(ip(c.address)) == c.inside);
    }
}

TEST_CASE("a network that is none is refused, with the one that may have been meant") {
    struct Case {
        std::string text;
        std::string reason;
    };
    const std::vector<Case> cases{
        {"", "expected a network such as 192.0.2.0/24"},
        {"example.org", "expected a network such as 192.0.2.0/24"},
        {"10.0.0/8", "expected a network such as 192.0.2.0/24"},
        {"10.0.0.0/", "expected a number from 0 to 32 behind the '/'"},
        {"10.0.0.0/33", "expected a number from 0 to 32 behind the '/'"},
        {"10.0.0.0/-1", "expected a number from 0 to 32 behind the '/'"},
        {"10.0.0.0/8/8", "expected a number from 0 to 32 behind the '/'"},
        {"::/129", "expected a number from 0 to 128 behind the '/'"},
        {"10.1.2.3/16",
         "10.1.2.3 has bits behind the prefix; write 10.1.0.0/16 for the network or 10.1.2.3 for "
         "the one address"},
        {"2001:db8::1/64",
         "2001:db8::1 has bits behind the prefix; write 2001:db8::/64 for the network or "
         "2001:db8::1 for the one address"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto network = IpNetwork::parse(c.text);
        REQUIRE(!network);
        CHECK(network.error() == c.reason);
    }
}

TEST_CASE("a network is written as it is compared, and knows whether it is one address") {
    CHECK(IpNetwork::parse("192.0.2.7")->toString() == "192.0.2.7/32");
    CHECK(IpNetwork::parse("192.0.2.7")->isSingle());
    CHECK(IpNetwork::parse("2001:DB8:0::/48")->toString() == "2001:db8::/48");
    CHECK(!IpNetwork::parse("2001:db8::/48")->isSingle());
    CHECK(*IpNetwork::parse("192.0.2.7") == *IpNetwork::parse("192.0.2.7/32"));
    CHECK(IpNetwork::around(ip("192.0.2.200"), 26).toString() == "192.0.2.192/26");
}
