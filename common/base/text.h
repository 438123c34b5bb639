#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// ASCII-only helpers for octets from the network. Never the locale, never <cctype>.
namespace postrider::text {

[[nodiscard]] constexpr bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool isUpper(char c) {
    return c >= 'A' && c <= 'Z';
}
[[nodiscard]] constexpr bool isAlpha(char c) {
    return isUpper(c) || (c >= 'a' && c <= 'z');
}
[[nodiscard]] constexpr bool isAlnum(char c) {
    return isAlpha(c) || isDigit(c);
}
/// 0x00-0x1f and 0x7f.
[[nodiscard]] constexpr bool isControl(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
[[nodiscard]] constexpr bool isAscii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}
[[nodiscard]] constexpr char lower(char c) {
    return isUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] bool isAscii(std::string_view text);
[[nodiscard]] bool hasControl(std::string_view text);
/// Well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF (RFC 3629).
[[nodiscard]] bool isUtf8(std::string_view text);

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string upper(std::string_view text);
[[nodiscard]] bool equalsIgnoreCase(std::string_view a, std::string_view b);
[[nodiscard]] bool startsWithIgnoreCase(std::string_view text, std::string_view prefix);

/// Without spaces and tabs at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);
/// Without trailing spaces and tabs.
[[nodiscard]] std::string_view trimRight(std::string_view text);
/// Pieces between separators, empty ones kept; views into `text`.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
/// The longest beginning of at most `limit` octets that does not end inside a UTF-8 character.
[[nodiscard]] std::string_view prefix(std::string_view text, std::size_t limit);
[[nodiscard]] std::string join(const std::vector<std::string>& pieces, std::string_view glue);

/// Decimal digits only, the whole text, no overflow; nothing otherwise.
[[nodiscard]] std::optional<std::uint64_t> parseUnsigned(std::string_view text);

[[nodiscard]] std::string toHex(std::string_view octets);
/// RFC 4648 section 4, padded, no line breaks.
[[nodiscard]] std::string toBase64(std::string_view octets);
/// Strict: the alphabet, the padding and nothing else.
[[nodiscard]] std::optional<std::string> fromBase64(std::string_view text);

/// One safe line for logs and replies: controls (C1 and Unicode's line ends too), invalid UTF-8 and
/// backslashes as \xNN, at most `limit` octets, "..." behind what was cut.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 4096);

/// The edit distance between two words, for "did you mean".
[[nodiscard]] std::size_t editDistance(std::string_view a, std::string_view b);

}  // namespace postrider::text
