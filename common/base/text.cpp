#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <numeric>

namespace postrider::text {

namespace {

constexpr std::string_view hexDigits = "0123456789abcdef";
constexpr std::string_view base64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

unsigned octet(char c) {
    return static_cast<unsigned char>(c);
}

bool isContinuation(char c) {
    return (octet(c) & 0xC0) == 0x80;
}

/// Lead octet and the lowest and highest second octet that it allows (RFC 3629 section 4).
struct Utf8Lead {
    std::size_t length;
    unsigned lowestSecond;
    unsigned highestSecond;
};

Utf8Lead utf8Lead(unsigned lead) {
    if (lead < 0x80) return {1, 0, 0};
    if (lead < 0xC2) return {0, 0, 0};
    if (lead < 0xE0) return {2, 0x80, 0xBF};
    if (lead == 0xE0) return {3, 0xA0, 0xBF};
    if (lead == 0xED) return {3, 0x80, 0x9F};
    if (lead < 0xF0) return {3, 0x80, 0xBF};
    if (lead == 0xF0) return {4, 0x90, 0xBF};
    if (lead < 0xF4) return {4, 0x80, 0xBF};
    if (lead == 0xF4) return {4, 0x80, 0x8F};
    return {0, 0, 0};
}

/// Octets of the well-formed character that `text` begins with; 0 when there is none.
std::size_t characterLength(std::string_view text) {
    const Utf8Lead lead = utf8Lead(octet(text.front()));
    if (lead.length < 2) return lead.length;
    if (text.size() < lead.length) return 0;
    const unsigned second = octet(text[1]);
    if (second < lead.lowestSecond || second > lead.highestSecond) return 0;
    for (std::size_t i = 2; i < lead.length; ++i) {
        if (!isContinuation(text[i])) return 0;
    }
    return lead.length;
}

bool isPlain(char c) {
    return octet(c) >= 0x20 && octet(c) < 0x7f && c != '\\';
}

/// A well-formed character beyond ASCII that could still end a line, steer a terminal, or show what
/// stands around it in another order or not at all: the C1 controls, line separators, and the marks
/// without a shape of their own.
bool isUnsafe(std::string_view character) {
    struct Range {
        std::string_view first;
        std::string_view last;
    };
    // NOLINTBEGIN(misc-misleading-bidirectional): they are escaped, nothing here misleads
    static constexpr Range ranges[] = {{"\xC2\x80", "\xC2\x9F"},           // U+0080 - U+009F
                                       {"\xD8\x9C", "\xD8\x9C"},           // U+061C
                                       {"\xE2\x80\x8B", "\xE2\x80\x8F"},   // U+200B - U+200F
                                       {"\xE2\x80\xA8", "\xE2\x80\xAE"},   // U+2028 - U+202E
                                       {"\xE2\x81\xA6", "\xE2\x81\xA9"},   // U+2066 - U+2069
                                       {"\xEF\xBB\xBF", "\xEF\xBB\xBF"}};  // U+FEFF
    // NOLINTEND(misc-misleading-bidirectional)
    return std::any_of(std::begin(ranges), std::end(ranges), [character](const Range& range) {
        return character >= range.first && character <= range.last;
    });
}

void appendEscaped(std::string& out, char c) {
    out += "\\x";
    out += hexDigits[octet(c) >> 4];
    out += hexDigits[octet(c) & 0x0f];
}

/// What printable() writes for the character that `rest` begins with; tells how much it took.
std::size_t printOne(std::string_view rest, std::string& piece) {
    piece.clear();
    if (isPlain(rest.front())) {
        piece += rest.front();
        return 1;
    }
    const std::size_t length = isAscii(rest.front()) ? 0 : characterLength(rest);
    if (length != 0 && !isUnsafe(rest.substr(0, length))) {
        piece = rest.substr(0, length);
        return length;
    }
    const std::size_t taken = std::max<std::size_t>(length, 1);
    for (const char c : rest.substr(0, taken))
        appendEscaped(piece, c);
    return taken;
}

std::array<int, 256> makeBase64Values() {
    std::array<int, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < base64Digits.size(); ++i) {
        values[octet(base64Digits[i])] = static_cast<int>(i);
    }
    return values;
}

std::string mapped(std::string_view text, char (*change)(char)) {
    std::string out(text.size(), '\0');
    std::transform(text.begin(), text.end(), out.begin(), change);
    return out;
}

bool isBlank(char c) {
    return c == ' ' || c == '\t';
}

}  // namespace

bool isAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return isAscii(c); });
}

bool hasControl(std::string_view text) {
    return std::any_of(text.begin(), text.end(), isControl);
}

bool isUtf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = characterLength(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string lower(std::string_view text) {
    return mapped(text, [](char c) { return lower(c); });
}

std::string upper(std::string_view text) {
    return mapped(
        text, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
}

bool equalsIgnoreCase(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool startsWithIgnoreCase(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && equalsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    return trimRight(text);
}

std::string_view trimRight(std::string_view text) {
    while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    for (;;) {
        const auto end = text.find(separator);
        pieces.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return pieces;
        text.remove_prefix(end + 1);
    }
}

std::string_view prefix(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    std::size_t end = limit;
    // at most three steps back: longer runs of continuation octets are no UTF-8 anyway
    while (end > 0 && limit - end < 3 && isContinuation(text[end]))
        --end;
    return text.substr(0, isContinuation(text[end]) ? limit : end);
}

std::string join(const std::vector<std::string>& pieces, std::string_view glue) {
    std::string out;
    for (const auto& piece : pieces) {
        if (&piece != &pieces.front()) out += glue;
        out += piece;
    }
    return out;
}

std::optional<std::uint64_t> parseUnsigned(std::string_view text) {
    if (text.empty()) return std::nullopt;
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t value = 0;
    for (const char c : text) {
        if (!isDigit(c)) return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (most - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

std::string toHex(std::string_view octets) {
    std::string out;
    out.reserve(octets.size() * 2);
    for (const char c : octets) {
        out += hexDigits[octet(c) >> 4];
        out += hexDigits[octet(c) & 0x0f];
    }
    return out;
}

std::string toBase64(std::string_view octets) {
    std::string out;
    out.reserve((octets.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < octets.size(); i += 3) {
        const std::size_t have = std::min<std::size_t>(3, octets.size() - i);
        unsigned bits = octet(octets[i]) << 16;
        if (have > 1) bits |= octet(octets[i + 1]) << 8;
        if (have > 2) bits |= octet(octets[i + 2]);
        out += base64Digits[bits >> 18];
        out += base64Digits[bits >> 12 & 63];
        out += have > 1 ? base64Digits[bits >> 6 & 63] : '=';
        out += have > 2 ? base64Digits[bits & 63] : '=';
    }
    return out;
}

std::optional<std::string> fromBase64(std::string_view text) {
    static const std::array<int, 256> values = makeBase64Values();
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }

    std::string out;
    out.reserve(text.size() / 4 * 3 + 2);
    unsigned bits = 0;
    int count = 0;
    for (const char c : text) {
        const int value = values[octet(c)];
        if (value < 0) return std::nullopt;
        bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFFF;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> count & 0xFF);
        }
    }
    // bits that no octet uses must be zero: one text for one value
    const bool cleanEnd = (bits & ((1U << count) - 1)) == 0;
    return cleanEnd ? std::optional{std::move(out)} : std::nullopt;
}

std::string printable(std::string_view text, std::size_t limit) {
    if (text.size() <= limit && std::all_of(text.begin(), text.end(), isPlain)) {
        return std::string{text};
    }
    std::string out;
    out.reserve(std::min(text.size(), limit) + 16);
    std::string piece;
    while (!text.empty()) {
        const std::size_t taken = printOne(text, piece);
        if (out.size() + piece.size() > limit) return out + "...";
        out += piece;
        text.remove_prefix(taken);
    }
    return out;
}

std::size_t editDistance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row[b.size()];
}

}  // namespace postrider::text
