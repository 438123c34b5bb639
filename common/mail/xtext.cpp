#include "common/mail/xtext.h"

#include "common/base/text.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace postrider::mail {

namespace {

constexpr std::string_view escapeBegin = "\\x{";
constexpr std::uint32_t lastCodePoint = 0x10ffff;

/// The whole text as a hexadecimal number.
std::optional<std::uint32_t> parseHex(std::string_view digits) {
    std::uint32_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, problem] = std::from_chars(digits.data(), end, value, 16);
    if (problem != std::errc{} || stop != end) return std::nullopt;
    return value;
}

/// `!` to `~` without `+` and `=`, and what is not ASCII.
bool standsForItself(char c) {
    const bool graphic = !text::isAscii(c) || (c > ' ' && c <= '~');
    return graphic && c != '+' && c != '=';
}

bool isScalar(std::uint32_t codePoint) {
    return codePoint <= lastCodePoint && (codePoint < 0xd800 || codePoint > 0xdfff);
}

void appendUtf8(std::uint32_t codePoint, std::string& to) {
    const auto tail = [codePoint](unsigned shift) {
        return static_cast<char>(0x80U | ((codePoint >> shift) & 0x3fU));
    };
    if (codePoint < 0x80) {
        to += static_cast<char>(codePoint);
    } else if (codePoint < 0x800) {
        to += static_cast<char>(0xc0U | (codePoint >> 6U));
        to += tail(0);
    } else if (codePoint < 0x10000) {
        to += static_cast<char>(0xe0U | (codePoint >> 12U));
        to += tail(6);
        to += tail(0);
    } else {
        to += static_cast<char>(0xf0U | (codePoint >> 18U));
        to += tail(12);
        to += tail(6);
        to += tail(0);
    }
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

}  // namespace

std::optional<std::string> decodeXtext(std::string_view xtext) {
    std::string text;
    while (!xtext.empty()) {
        if (xtext.front() != '+') {
            if (!standsForItself(xtext.front())) return std::nullopt;
            text += xtext.front();
            xtext.remove_prefix(1);
            continue;
        }
        const auto octet = parseHex(xtext.substr(1, 2));
        if (xtext.size() < 3 || !octet) return std::nullopt;
        text += static_cast<char>(*octet);
        xtext.remove_prefix(3);
    }
    return text;
}

std::string encodeXtext(std::string_view text) {
    std::string xtext;
    for (const char c : text) {
        if (text::isAscii(c) && standsForItself(c)) {
            xtext += c;
        } else {
            xtext.append("+").append(text::upper(text::toHex({&c, 1})));
        }
    }
    return xtext;
}

std::optional<std::string> decodeUnicodeEscapes(std::string_view text) {
    std::string decoded;
    for (;;) {
        const auto backslash = text.find('\\');
        decoded.append(text.substr(0, backslash));
        if (backslash == std::string_view::npos) break;
        text.remove_prefix(backslash);
        const auto end = text.find('}');
        if (!text.starts_with(escapeBegin) || end == std::string_view::npos) return std::nullopt;
        const auto point = parseHex(text.substr(escapeBegin.size(), end - escapeBegin.size()));
        if (!point || !isScalar(*point)) return std::nullopt;
        appendUtf8(*point, decoded);
        text.remove_prefix(end + 1);
    }
    if (!text::isUtf8(decoded)) return std::nullopt;
    return decoded;
}

std::string encodeUnicodeEscapes(std::string_view address) {
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

}  // namespace postrider::mail
