#include "common/net/dsn_parameters.h"

#include "common/base/text.h"
#include "common/mail/xtext.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace postrider::net {

namespace {

constexpr std::size_t longestEnvid = 100;
constexpr std::size_t longestOrcpt = 500;

bool isPrintableAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool isAddressType(std::string_view type) {
    const auto fits = [](char c) { return text::isAlnum(c) || c == '-'; };
    return !type.empty() && std::all_of(type.begin(), type.end(), fits);
}

/// One code point from the front of valid UTF-8.
std::uint32_t takeCodePoint(std::string_view& utf8) {
    const auto first = static_cast<unsigned char>(utf8.front());
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i)
        point = (point << 6U) | (static_cast<unsigned char>(utf8[i]) & 0x3fU);
    utf8.remove_prefix(length);
    return point;
}

/// As few digits as will do, in capitals.
std::string hexOf(std::uint32_t number) {
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
    return text::upper({digits.data(), end});
}

/// RFC 6533 section 3, utf-8-addr-xtext.
std::string escapeUtf8(std::string_view address) {
    constexpr std::string_view special = "+=\\ ";
    std::string escaped;
    while (!address.empty()) {
        const char c = address.front();
        if (text::isAscii(c) && special.find(c) == std::string_view::npos) {
            escaped += c;
            address.remove_prefix(1);
            continue;
        }
        escaped.append("\\x{").append(hexOf(takeCodePoint(address))).append("}");
    }
    return escaped;
}

std::string orcptOnTheWire(const mail::OriginalRecipient& recipient) {
    const bool utf8 = text::equalsIgnoreCase(recipient.type, "utf-8");
    const bool sound =
        isAddressType(recipient.type) && !recipient.address.empty() &&
        (utf8 ? text::isUtf8(recipient.address) && !text::hasControl(recipient.address)
              : isPrintableAscii(recipient.address));
    if (!sound) return {};
    std::string wire =
        recipient.type + ';' +
        (utf8 ? escapeUtf8(recipient.address) : mail::encodeXtext(recipient.address));
    return wire.size() <= longestOrcpt ? wire : std::string{};
}

}  // namespace

std::string dsnMailParameters(const mail::MailParameters& parameters) {
    std::string words;
    if (parameters.ret) words.append(" RET=").append(mail::toString(*parameters.ret));
    if (parameters.envid && !parameters.envid->empty() && isPrintableAscii(*parameters.envid)) {
        const std::string envid = mail::encodeXtext(*parameters.envid);
        if (envid.size() <= longestEnvid) words.append(" ENVID=").append(envid);
    }
    return words;
}

std::string dsnRcptParameters(const mail::RcptParameters& parameters) {
    std::string words;
    if (parameters.notify) words.append(" NOTIFY=").append(notifyToString(parameters.notify));
    if (parameters.orcpt) {
        const std::string orcpt = orcptOnTheWire(*parameters.orcpt);
        if (!orcpt.empty()) words.append(" ORCPT=").append(orcpt);
    }
    return words;
}

}  // namespace postrider::net
