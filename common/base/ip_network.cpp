#include "common/base/ip_network.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace postrider {

Result<IpNetwork, std::string> IpNetwork::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return Unexpected{std::string("expected a network such as 192.0.2.0/24")};
    if (slash == std::string_view::npos) return IpNetwork{*address, widthOf(*address)};

    const auto bits = text::parseUnsigned(text.substr(slash + 1));
    if (!bits || *bits > widthOf(*address)) {
        return Unexpected{"expected a number from 0 to " + std::to_string(widthOf(*address)) +
                          " behind the '/'"};
    }
    const auto network = around(*address, static_cast<unsigned>(*bits));
    if (network.address_ != *address) {
        return Unexpected{address->toString() + " has bits behind the prefix; write " +
                          network.toString() + " for the network or " + address->toString() +
                          " for the one address"};
    }
    return network;
}

IpNetwork IpNetwork::around(const IpAddress& address, unsigned bits) {
    constexpr unsigned octetBits = 8;
    auto octets = address.octets();
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const unsigned before = static_cast<unsigned>(i) * octetBits;
        const unsigned kept = bits <= before ? 0 : std::min(bits - before, octetBits);
        const unsigned mask = 0xffU << (octetBits - kept);
        octets.at(i) = static_cast<std::uint8_t>(octets.at(i) & mask);
    }
    const std::array<std::uint8_t, 4> four{octets[0], octets[1], octets[2], octets[3]};
    return {address.isV4() ? IpAddress::v4(four) : IpAddress::v6(octets), bits};
}

std::string IpNetwork::toString() const {
    return address_.toString() + "/" + std::to_string(bits_);
}

bool contains(const std::vector<IpNetwork>& networks, const IpAddress& address) {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const IpNetwork& network) { return network.contains(address); });
}

}  // namespace postrider
