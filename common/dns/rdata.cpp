#include "common/dns/rdata.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace postrider::dns {

namespace {

constexpr std::size_t longestLabel = 63;
constexpr std::size_t longestName = 253;  ///< as text, without the trailing dot

std::uint8_t octet(char c) {
    return static_cast<std::uint8_t>(c);
}

bool isHostLabel(std::string_view label) {
    return std::all_of(label.begin(), label.end(),
                       [](char c) { return text::isAlnum(c) || c == '-' || c == '_'; });
}

}  // namespace

std::optional<std::string> parseName(std::string_view rdata) {
    std::string name;
    while (!rdata.empty()) {
        const std::size_t length = octet(rdata.front());
        rdata.remove_prefix(1);
        if (length == 0) {
            if (!rdata.empty() || name.size() > longestName) return std::nullopt;
            return name.empty() ? "." : name;
        }
        // Compression pointers have been resolved before; over 63 there is nothing else.
        if (length > longestLabel || length > rdata.size()) return std::nullopt;
        const auto label = rdata.substr(0, length);
        if (!isHostLabel(label)) return std::nullopt;
        if (!name.empty()) name.push_back('.');
        name += text::lower(label);
        rdata.remove_prefix(length);
    }
    return std::nullopt;
}

std::optional<MxRecord> parseMx(std::string_view rdata) {
    constexpr std::size_t preferenceSize = 2;
    if (rdata.size() <= preferenceSize) return std::nullopt;
    auto exchange = parseName(rdata.substr(preferenceSize));
    if (!exchange) return std::nullopt;
    const auto preference = static_cast<std::uint16_t>(octet(rdata[0]) << 8 | octet(rdata[1]));
    return MxRecord{preference, std::move(*exchange)};
}

std::optional<std::string> parseTxt(std::string_view rdata) {
    if (rdata.empty()) return std::nullopt;
    std::string joined;
    while (!rdata.empty()) {
        const std::size_t length = octet(rdata.front());
        rdata.remove_prefix(1);
        if (length > rdata.size()) return std::nullopt;
        joined += rdata.substr(0, length);
        rdata.remove_prefix(length);
    }
    return joined;
}

std::optional<TlsaRecord> parseTlsa(std::string_view rdata) {
    constexpr std::size_t fixed = 3;
    if (rdata.size() <= fixed) return std::nullopt;
    return TlsaRecord{octet(rdata[0]), octet(rdata[1]), octet(rdata[2]),
                      std::string{rdata.substr(fixed)}};
}

std::optional<IpAddress> parseAddress(std::string_view rdata) {
    std::array<std::uint8_t, 4> v4{};
    if (rdata.size() == v4.size()) {
        std::memcpy(v4.data(), rdata.data(), v4.size());
        return IpAddress::v4(v4);
    }
    std::array<std::uint8_t, 16> v6{};
    if (rdata.size() != v6.size()) return std::nullopt;
    std::memcpy(v6.data(), rdata.data(), v6.size());
    return IpAddress::v6(v6);
}

bool isAskable(std::string_view name) {
    if (name.empty() || name.size() > longestName) return false;
    const auto labels = text::split(name, '.');
    return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
        return !label.empty() && label.size() <= longestLabel &&
               std::all_of(label.begin(), label.end(),
                           [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; });
    });
}

std::string reverseName(const IpAddress& ip) {
    std::string name;
    const auto& octets = ip.octets();
    if (ip.isV4()) {
        for (std::size_t i = 4; i-- > 0;)
            name += std::to_string(octets[i]) + ".";
        return name + "in-addr.arpa";
    }
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = octets.size(); i-- > 0;) {
        name.append({digits[octets[i] & 0x0fU], '.', digits[octets[i] >> 4U], '.'});
    }
    return name + "ip6.arpa";
}

}  // namespace postrider::dns
