#include "common/mail/address_literal.h"

#include "common/base/text.h"

namespace postrider::mail {

namespace {
constexpr std::string_view ipv6Tag = "IPv6:";
}

std::optional<AddressLiteral> AddressLiteral::parse(std::string_view text) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
    text = text.substr(1, text.size() - 2);
    const bool tagged = text::startsWithIgnoreCase(text, ipv6Tag);
    if (tagged) text.remove_prefix(ipv6Tag.size());
    // the tag and nothing else says which form follows (RFC 5321 section 4.1.3)
    if (tagged != (text.find(':') != std::string_view::npos)) return std::nullopt;
    const auto ip = IpAddress::parse(text);
    if (!ip) return std::nullopt;
    return AddressLiteral{*ip};
}

std::string AddressLiteral::toString() const {
    const std::string_view tag = ip_.isV4() ? std::string_view{} : ipv6Tag;
    return std::string{"["}.append(tag).append(ip_.toString()) + ']';
}

}  // namespace postrider::mail
