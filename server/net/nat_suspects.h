#pragma once

#include "common/base/ip_network.h"

#include <string>
#include <string_view>
#include <vector>

namespace postrider::net {

/// One address of a network interface and the network it is in.
struct InterfaceAddress {
    IpAddress address;
    unsigned bits = 0;
};

/// The addresses as which NAT shows strangers to this host, sorted: its gateways, the first address
/// of each network it is in (the bridge of a container network) and its own (rootless containers).
/// Loopback is none of them. `routes` is what /proc/net/route says.
[[nodiscard]] std::vector<IpAddress> natSuspects(const std::vector<InterfaceAddress>& interfaces,
                                                 std::string_view routes);
/// The same of this host as it is now.
[[nodiscard]] std::vector<IpAddress> natSuspects();

/// For `--check`: which suspects lie in trusted networks and are not trusted for it; empty when
/// none does.
[[nodiscard]] std::string untrustedSuspects(const std::vector<IpNetwork>& trusted,
                                            const std::vector<IpAddress>& suspects);

}  // namespace postrider::net
