#include "server/net/nat_suspects.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <ifaddrs.h>
#include <iterator>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <set>
#include <system_error>

namespace postrider::net {

namespace {

std::optional<IpAddress> addressOf(const sockaddr* address) {
    if (address == nullptr) return std::nullopt;
    if (address->sa_family == AF_INET) {
        std::array<std::uint8_t, 4> octets{};
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(*address);
        std::memcpy(octets.data(), &v4.sin_addr, octets.size());
        return IpAddress::v4(octets);
    }
    if (address->sa_family == AF_INET6) {
        std::array<std::uint8_t, 16> octets{};
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(*address);
        std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
        return IpAddress::v6(octets);
    }
    return std::nullopt;
}

/// A netmask's ones.
unsigned bitsOf(const IpAddress& mask) {
    unsigned bits = 0;
    for (const std::uint8_t octet : mask.octets()) {
        for (unsigned left = octet; left != 0; left >>= 1U)
            bits += left & 1U;
    }
    return bits;
}

/// 172.17.0.1 for 172.17.0.9/16; the network's own for a network of one.
IpAddress firstOf(const InterfaceAddress& interface) {
    const auto network = IpNetwork::around(interface.address, interface.bits);
    auto octets = network.address().octets();
    const std::size_t last = interface.address.isV4() ? 3 : octets.size() - 1;
    octets.at(last) = static_cast<std::uint8_t>(octets.at(last) | 1U);
    return interface.address.isV4() ? IpAddress::v4({octets[0], octets[1], octets[2], octets[3]})
                                    : IpAddress::v6(octets);
}

/// The gateway of a line of /proc/net/route: the hex digits of a number that lies in memory as the
/// address does.
std::optional<IpAddress> gatewayOf(std::string_view line) {
    constexpr std::size_t gatewayColumn = 2;
    const auto columns = text::split(line, '\t');
    if (columns.size() <= gatewayColumn) return std::nullopt;
    const auto digits = text::trim(columns[gatewayColumn]);
    constexpr int hexadecimal = 16;
    std::uint32_t number = 0;
    const auto read =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal);
    if (read.ec != std::errc{} || number == 0) return std::nullopt;
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &number, octets.size());
    return IpAddress::v4(octets);
}

std::vector<InterfaceAddress> interfacesOfHost() {
    std::vector<InterfaceAddress> interfaces;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return interfaces;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{list, &::freeifaddrs};
    for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
        const auto address = addressOf(at->ifa_addr);
        const auto mask = addressOf(at->ifa_netmask);
        if (address && mask) interfaces.push_back({*address, bitsOf(*mask)});
    }
    return interfaces;
}

}  // namespace

std::vector<IpAddress> natSuspects(const std::vector<InterfaceAddress>& interfaces,
                                   std::string_view routes) {
    std::set<IpAddress> suspects;
    for (const auto& interface : interfaces) {
        if (interface.address.isLoopback()) continue;
        suspects.insert(interface.address);
        suspects.insert(firstOf(interface));
    }
    for (const auto line : text::split(routes, '\n')) {
        if (const auto gateway = gatewayOf(line)) suspects.insert(*gateway);
    }
    return {suspects.begin(), suspects.end()};
}

std::vector<IpAddress> natSuspects() {
    std::ifstream file{"/proc/net/route"};
    const std::string routes{std::istreambuf_iterator<char>{file}, {}};
    return natSuspects(interfacesOfHost(), routes);
}

std::string untrustedSuspects(const std::vector<IpNetwork>& trusted,
                              const std::vector<IpAddress>& suspects) {
    std::vector<std::string> addresses;
    for (const auto& suspect : suspects) {
        const bool named =
            std::any_of(trusted.begin(), trusted.end(), [&](const IpNetwork& network) {
                return network.isSingle() && network.contains(suspect);
            });
        if (!named && contains(trusted, suspect)) addresses.push_back(suspect.toString());
    }
    if (addresses.empty()) return {};
    return "these addresses in it are not trusted, because NAT would make strangers look like "
           "them: " +
           text::join(addresses, ", ") + "; name one by itself if it shall relay";
}

}  // namespace postrider::net
