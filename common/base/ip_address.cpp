#include "common/base/ip_address.h"

#include "common/base/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <span>

namespace postrider {

namespace {

constexpr std::array<std::uint8_t, 12> mappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// The first `bits` of an address; the octets beyond them do not count.
struct Network {
    std::array<std::uint8_t, 16> octets;
    unsigned bits;
};

// RFC 6890 and the IANA registries it made.
constexpr std::array specialV4{
    Network{{0}, 8},
    Network{{10}, 8},
    Network{{100, 64}, 10},
    Network{{127}, 8},
    Network{{169, 254}, 16},
    Network{{172, 16}, 12},
    Network{{192, 0, 0}, 24},
    Network{{192, 0, 2}, 24},
    Network{{192, 168}, 16},
    Network{{198, 18}, 15},
    Network{{198, 51, 100}, 24},
    Network{{203, 0, 113}, 24},
    Network{{224}, 4},
    Network{{240}, 4},
};
constexpr std::array specialV6{
    Network{{}, 96},                        // unspecified, loopback, IPv4-compatible
    Network{{0x01}, 64},                    // discard-only
    Network{{0x20, 0x01, 0x00}, 23},        // protocol assignments
    Network{{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    Network{{0xfc}, 7},                     // unique local
    Network{{0xfe, 0x80}, 10},              // link-local
    Network{{0xfe, 0xc0}, 10},              // site-local, withdrawn
    Network{{0xff}, 8},                     // multicast
};
// Prefixes that carry an IPv4 address behind them: NAT64 and 6to4.
constexpr Network nat64{{0x00, 0x64, 0xff, 0x9b}, 96};
constexpr Network sixToFour{{0x20, 0x02}, 16};

bool isIn(const std::array<std::uint8_t, 16>& octets, const Network& network) {
    const std::size_t whole = network.bits / 8;
    if (!std::equal(octets.begin(), octets.begin() + whole, network.octets.begin())) return false;
    const unsigned rest = network.bits % 8;
    if (rest == 0) return true;
    const unsigned mask = 0xffU << (8 - rest) & 0xffU;
    return (octets.at(whole) & mask) == (network.octets.at(whole) & mask);
}

bool isInAny(const std::array<std::uint8_t, 16>& octets, std::span<const Network> networks) {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const Network& network) { return isIn(octets, network); });
}

IpAddress embeddedV4(const std::array<std::uint8_t, 16>& octets, std::size_t at) {
    return IpAddress::v4({octets.at(at), octets.at(at + 1), octets.at(at + 2), octets.at(at + 3)});
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    // inet_pton reads a C string; the longest text form has 45 characters
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    std::copy(text.begin(), text.end(), terminated.begin());

    std::array<std::uint8_t, 4> four{};
    if (::inet_pton(AF_INET, terminated.data(), four.data()) == 1) return v4(four);
    std::array<std::uint8_t, 16> sixteen{};
    if (::inet_pton(AF_INET6, terminated.data(), sixteen.data()) == 1) return v6(sixteen);
    return std::nullopt;
}

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> octets) {
    IpAddress ip;
    std::copy(octets.begin(), octets.end(), ip.octets_.begin());
    return ip;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& octets) {
    if (std::equal(mappedPrefix.begin(), mappedPrefix.end(), octets.begin())) {
        return embeddedV4(octets, mappedPrefix.size());
    }
    IpAddress ip;
    ip.isV4_ = false;
    ip.octets_ = octets;
    return ip;
}

bool IpAddress::isLoopback() const {
    if (isV4_) return octets_[0] == 127;
    constexpr std::array<std::uint8_t, 16> one{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return octets_ == one;
}

bool IpAddress::isSpecialPurpose() const {
    if (isV4_) return isInAny(octets_, specialV4);
    if (isIn(octets_, nat64)) return embeddedV4(octets_, 12).isSpecialPurpose();
    if (isIn(octets_, sixToFour)) return embeddedV4(octets_, 2).isSpecialPurpose();
    return isInAny(octets_, specialV6);
}

bool IpAddress::sharesPrefix(const IpAddress& other, unsigned bits) const {
    return isV4_ == other.isV4_ && isIn(octets_, {other.octets_, bits});
}

std::string IpAddress::toString() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(isV4_ ? AF_INET : AF_INET6, octets_.data(), text.data(), text.size());
    return text.data();
}

std::string Endpoint::toString() const {
    const std::string host = ip.isV4() ? ip.toString() : '[' + ip.toString() + ']';
    return host + ':' + std::to_string(port);
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = text::parseUnsigned(text.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535) return std::nullopt;

    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    // brackets around IPv6 and only there: "::1:25" would have two readings
    if (bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;
    const auto ip = IpAddress::parse(host);
    if (!ip) return std::nullopt;
    return Endpoint{*ip, static_cast<std::uint16_t>(*port)};
}

}  // namespace postrider
