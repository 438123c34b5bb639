#include "server/net/proxy_protocol.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace postrider::net {

namespace {

constexpr std::string_view signatureV1 = "PROXY ";
constexpr std::string_view signatureV2{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t limitV1 = 107;  // with its CRLF
constexpr std::size_t fixedV2 = 16;

ProxyHeaderParse malformed(std::string reason) {
    return ProxyHeaderMalformed{std::move(reason)};
}

std::uint8_t octetAt(std::string_view octets, std::size_t at) {
    return static_cast<std::uint8_t>(octets.at(at));
}

std::uint16_t numberAt(std::string_view octets, std::size_t at) {
    return static_cast<std::uint16_t>(octetAt(octets, at) << 8U | octetAt(octets, at + 1));
}

/// Decimal without a leading zero.
std::optional<std::uint16_t> portOf(std::string_view text) {
    const auto port = text::parseUnsigned(text);
    const bool zeros = text.size() > 1 && text.front() == '0';
    if (!port || zeros || *port > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
    return static_cast<std::uint16_t>(*port);
}

/// An address written in the family that was announced.
std::optional<IpAddress> addressOf(std::string_view text, std::string_view family) {
    const bool isV6 = text.find(':') != std::string_view::npos;
    return isV6 == (family == "TCP6") ? IpAddress::parse(text) : std::nullopt;
}

/// `PROXY TCP4 192.0.2.7 198.51.100.1 50000 25`, without the line end.
ProxyHeaderParse parseLine(std::string_view line) {
    const std::size_t size = line.size() + 2;
    const auto words = text::split(line, ' ');
    const std::string_view family = words.at(1);
    if (family == "UNKNOWN") return ProxyHeader{size, std::nullopt};
    constexpr std::size_t wordCount = 6;
    if ((family != "TCP4" && family != "TCP6") || words.size() != wordCount) {
        return malformed("not a PROXY line of version 1");
    }
    const auto source = addressOf(words.at(2), family);
    const auto destination = addressOf(words.at(3), family);
    const auto sourcePort = portOf(words.at(4));
    const auto destinationPort = portOf(words.at(5));
    if (!source || !destination || !sourcePort || !destinationPort) {
        return malformed("addresses or ports of the PROXY line are none");
    }
    return ProxyHeader{size, Endpoint{*source, *sourcePort}};
}

ProxyHeaderParse parseV1(std::string_view octets) {
    const auto end = octets.find('\r');
    if (octets.substr(0, end).find('\n') != std::string_view::npos) {
        return malformed("a PROXY line must end in CRLF");
    }
    if (end == std::string_view::npos || end + 1 == octets.size()) {
        if (octets.size() >= limitV1) return malformed("the PROXY line is too long");
        return ProxyHeaderUnfinished{};
    }
    if (octets.at(end + 1) != '\n') return malformed("a PROXY line must end in CRLF");
    if (end + 2 > limitV1) return malformed("the PROXY line is too long");
    return parseLine(octets.substr(0, end));
}

Endpoint sourceV4(std::string_view addresses) {
    std::array<std::uint8_t, 4> ip{};
    for (std::size_t i = 0; i < ip.size(); ++i)
        ip.at(i) = octetAt(addresses, i);
    return {IpAddress::v4(ip), numberAt(addresses, 2 * ip.size())};
}

Endpoint sourceV6(std::string_view addresses) {
    std::array<std::uint8_t, 16> ip{};
    for (std::size_t i = 0; i < ip.size(); ++i)
        ip.at(i) = octetAt(addresses, i);
    return {IpAddress::v6(ip), numberAt(addresses, 2 * ip.size())};
}

/// Who the client is by the addresses of version 2; `about` is family and transport.
ProxyHeaderParse announced(std::string_view addresses, std::uint8_t about, std::size_t size) {
    constexpr std::uint8_t tcp4 = 0x11;
    constexpr std::uint8_t tcp6 = 0x21;
    constexpr std::uint8_t unixStream = 0x31;
    constexpr std::size_t sizeV4 = 12;
    constexpr std::size_t sizeV6 = 36;
    switch (about) {
        case tcp4:
            if (addresses.size() < sizeV4) break;
            return ProxyHeader{size, sourceV4(addresses)};
        case tcp6:
            if (addresses.size() < sizeV6) break;
            return ProxyHeader{size, sourceV6(addresses)};
        case 0:
        case unixStream:
            return ProxyHeader{size, std::nullopt};
        default:
            return malformed("the PROXY header is about something that is no TCP connection");
    }
    return malformed("the PROXY header is too short for its addresses");
}

ProxyHeaderParse parseV2(std::string_view octets) {
    constexpr std::size_t commandAt = 12;
    constexpr std::uint8_t local = 0x20;
    constexpr std::uint8_t proxy = 0x21;
    if (octets.size() <= commandAt) return ProxyHeaderUnfinished{};
    const auto command = octetAt(octets, commandAt);
    if (command != local && command != proxy) {
        return malformed("neither version nor command of the PROXY header is known");
    }
    if (octets.size() < fixedV2) return ProxyHeaderUnfinished{};
    const std::size_t size = fixedV2 + numberAt(octets, fixedV2 - 2);
    if (size > proxyHeaderLimit) return malformed("the PROXY header is too long");
    if (octets.size() < size) return ProxyHeaderUnfinished{};
    if (command == local) return ProxyHeader{size, std::nullopt};
    return announced(octets.substr(fixedV2, size - fixedV2), octetAt(octets, commandAt + 1), size);
}

/// As far as both go.
bool beginAlike(std::string_view octets, std::string_view signature) {
    const auto length = std::min(octets.size(), signature.size());
    return octets.substr(0, length) == signature.substr(0, length);
}

}  // namespace

ProxyHeaderParse parseProxyHeader(std::string_view octets) {
    if (octets.empty()) return ProxyHeaderUnfinished{};
    if (beginAlike(octets, signatureV1)) return parseV1(octets);
    if (beginAlike(octets, signatureV2)) return parseV2(octets);
    return malformed("no PROXY header");
}

}  // namespace postrider::net
