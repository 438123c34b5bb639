#include "server/net/nat_suspects.h"

#include <algorithm>
#include <doctest.h>
#include <string>
#include <vector>

using postrider::IpAddress;
using postrider::IpNetwork;
using postrider::net::InterfaceAddress;
using postrider::net::natSuspects;
using postrider::net::untrustedSuspects;

namespace {

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

/// A container: its own address, the bridge it hangs on, a gateway elsewhere.
std::vector<IpAddress> suspectsOfContainer() {
    const std::string routes =
        "Iface\tDestination\tGateway \tFlags\n"
        "eth0\t00000000\tFE0011AC\t0003\n"
        "eth0\t000011AC\t00000000\t0001\n";
    return natSuspects(
        {{ip("127.0.0.1"), 8}, {ip("::1"), 128}, {ip("172.17.0.9"), 16}, {ip("fd00:1::9"), 64}},
        routes);
}

}  // namespace

TEST_CASE("suspects are gateways, bridges and own addresses, but never loopback") {
    std::vector<std::string> texts;
    for (const auto& suspect : suspectsOfContainer())
        texts.push_back(suspect.toString());
    std::sort(texts.begin(), texts.end());
    CHECK(texts == std::vector<std::string>{"172.17.0.1", "172.17.0.254", "172.17.0.9", "fd00:1::1",
                                            "fd00:1::9"});
    CHECK(natSuspects({}, "").empty());
    CHECK(natSuspects({}, "no\tsuch\ttable\n\n\t\t\t").empty());
}

TEST_CASE("a suspect in a trusted network is told, one that is named is not") {
    const auto suspects = suspectsOfContainer();
    const auto network = IpNetwork::parse("172.17.0.0/28").value();
    CHECK(untrustedSuspects({network}, suspects) ==
          "these addresses in it are not trusted, because NAT would make strangers look like "
          "them: 172.17.0.1, 172.17.0.9; name one by itself if it shall relay");
    CHECK(untrustedSuspects({network, IpNetwork::parse("172.17.0.1").value(),
                             IpNetwork::parse("172.17.0.9/32").value()},
                            suspects)
              .empty());
    CHECK(untrustedSuspects({IpNetwork::parse("192.0.2.0/24").value()}, suspects).empty());
}

TEST_CASE("the host itself can be asked") {
    for (const auto& suspect : natSuspects())
        CHECK(!suspect.isLoopback());
}
