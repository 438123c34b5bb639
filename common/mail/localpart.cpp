#include "common/mail/localpart.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

namespace postrider::mail {

namespace {

constexpr std::size_t localpartLimit = 64;
/// A quoted string in which every octet is escaped, and its quotes.
constexpr std::size_t wireLimit = 2 * localpartLimit + 2;
/// A user's name, longer than any local part: a bound for logins.
constexpr std::size_t usernameLimit = 255;

// RFC 5321 section 4.1.2

bool isAtext(char c) {
    return text::isAlnum(c) || !text::isAscii(c) ||
           std::string_view{"!#$%&'*+-/=?^_`{|}~"}.find(c) != std::string_view::npos;
}

bool isDotString(std::string_view text) {
    char before = '.';
    for (const char c : text) {
        if (c == '.' ? before == '.' : !isAtext(c)) return false;
        before = c;
    }
    return before != '.';
}

std::optional<std::string> decodeQuoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
    text = text.substr(1, text.size() - 2);
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') return std::nullopt;
        if (text[i] == '\\') {
            // a quoted pair escapes one ASCII character (RFC 5321 section 4.1.2)
            if (++i == text.size() || !text::isAscii(text[i])) return std::nullopt;
        }
        decoded += text[i];
    }
    return decoded;
}

/// U+0080 to U+009F: well-formed UTF-8, and controls all the same.
bool hasC1Control(std::string_view text) {
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        const bool isC1 = text[i] == '\xC2' && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (isC1) return true;
    }
    return false;
}

// PRECIS (RFC 8264, RFC 8265). A code point is an ucs4_t, a name a span of them.

using Codepoints = std::span<const ucs4_t>;

struct Free {
    void operator()(void* memory) const { std::free(memory); }  // NOLINT: the C library's malloc
};
template <class T>
using Malloced = std::unique_ptr<T, Free>;

enum class Property { Valid, ContextJ, ContextO, Disallowed };

bool isBetween(ucs4_t c, ucs4_t first, ucs4_t last) {
    return c >= first && c <= last;
}

bool isArabicIndicDigit(ucs4_t c) {
    return isBetween(c, 0x0660, 0x0669);
}

bool isExtendedArabicIndicDigit(ucs4_t c) {
    return isBetween(c, 0x06F0, 0x06F9);
}

/// RFC 8264 section 9.6.
std::optional<Property> exception(ucs4_t c) {
    constexpr std::array<ucs4_t, 6> valid{0x00DF, 0x03C2, 0x06FD, 0x06FE, 0x0F0B, 0x3007};
    constexpr std::array<ucs4_t, 5> context{0x00B7, 0x0375, 0x05F3, 0x05F4, 0x30FB};
    constexpr std::array<ucs4_t, 5> disallowed{0x0640, 0x07FA, 0x302E, 0x302F, 0x303B};
    const auto in = [c](const auto& set) {
        return std::find(set.begin(), set.end(), c) != set.end();
    };
    if (in(valid)) return Property::Valid;
    if (in(context) || isArabicIndicDigit(c) || isExtendedArabicIndicDigit(c)) {
        return Property::ContextO;
    }
    if (in(disallowed) || isBetween(c, 0x3031, 0x3035)) return Property::Disallowed;
    return std::nullopt;
}

bool isOldHangulJamo(ucs4_t c) {
    return isBetween(c, 0x1100, 0x11FF) || isBetween(c, 0xA960, 0xA97C) ||
           isBetween(c, 0xD7B0, 0xD7FB);
}

bool hasCompatibilityForm(ucs4_t c) {
    std::size_t length = 0;
    const Malloced<std::uint32_t> form{u32_normalize(UNINORM_NFKC, &c, 1, nullptr, &length)};
    return !form || length != 1 || *form != c;
}

bool isLetterOrDigit(ucs4_t c) {
    constexpr std::uint32_t wanted =
        UC_CATEGORY_MASK_Ll | UC_CATEGORY_MASK_Lu | UC_CATEGORY_MASK_Lo | UC_CATEGORY_MASK_Nd |
        UC_CATEGORY_MASK_Lm | UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Mc;
    return uc_is_general_category_withtable(c, wanted);
}

/// The derived property for the IdentifierClass (RFC 8264 section 8), its steps in their order.
Property identifierProperty(ucs4_t c) {
    if (const auto fixed = exception(c)) return *fixed;
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cn)) return Property::Disallowed;
    if (isBetween(c, 0x21, 0x7E)) return Property::Valid;
    if (uc_is_property(c, UC_PROPERTY_JOIN_CONTROL)) return Property::ContextJ;
    if (isOldHangulJamo(c) || uc_is_property(c, UC_PROPERTY_DEFAULT_IGNORABLE_CODE_POINT) ||
        uc_is_property(c, UC_PROPERTY_NOT_A_CHARACTER) || hasCompatibilityForm(c)) {
        return Property::Disallowed;
    }
    return isLetterOrDigit(c) ? Property::Valid : Property::Disallowed;
}

bool isScript(ucs4_t c, const char* name) {
    return uc_is_script(c, uc_script_byname(name));
}

bool isAfterVirama(Codepoints name, std::size_t at) {
    return at > 0 && uc_combining_class(name[at - 1]) == UC_CCC_VR;
}

/// RFC 5892 appendix A.1: a non-joiner between characters that would join.
bool joinsAround(Codepoints name, std::size_t at) {
    std::size_t left = at;
    while (left > 0 && uc_joining_type(name[left - 1]) == UC_JOINING_TYPE_T)
        --left;
    std::size_t right = at + 1;
    while (right < name.size() && uc_joining_type(name[right]) == UC_JOINING_TYPE_T)
        ++right;
    if (left == 0 || right == name.size()) return false;
    const int before = uc_joining_type(name[left - 1]);
    const int after = uc_joining_type(name[right]);
    return (before == UC_JOINING_TYPE_L || before == UC_JOINING_TYPE_D) &&
           (after == UC_JOINING_TYPE_R || after == UC_JOINING_TYPE_D);
}

/// RFC 5892 appendix A.1 and A.2.
bool allowsJoiner(Codepoints name, std::size_t at) {
    if (isAfterVirama(name, at)) return true;
    return name[at] == 0x200C && joinsAround(name, at);
}

/// RFC 5892 appendix A.3 to A.9.
bool allowsOther(Codepoints name, std::size_t at) {
    const bool first = at == 0;
    const bool last = at + 1 == name.size();
    switch (name[at]) {
        case 0x00B7:
            return !first && !last && name[at - 1] == 'l' && name[at + 1] == 'l';
        case 0x0375:
            return !last && isScript(name[at + 1], "Greek");
        case 0x05F3:
        case 0x05F4:
            return !first && isScript(name[at - 1], "Hebrew");
        case 0x30FB:
            return std::any_of(name.begin(), name.end(), [](ucs4_t c) {
                return isScript(c, "Hiragana") || isScript(c, "Katakana") || isScript(c, "Han");
            });
        default:
            break;
    }
    // the two rows of Arabic digits look alike and must not be mixed
    const auto otherRow =
        isArabicIndicDigit(name[at]) ? isExtendedArabicIndicDigit : isArabicIndicDigit;
    return std::none_of(name.begin(), name.end(), otherRow);
}

bool isIdentifier(Codepoints name) {
    for (std::size_t i = 0; i < name.size(); ++i) {
        switch (identifierProperty(name[i])) {
            case Property::Valid:
                continue;
            case Property::ContextJ:
                if (!allowsJoiner(name, i)) return false;
                continue;
            case Property::ContextO:
                if (!allowsOther(name, i)) return false;
                continue;
            case Property::Disallowed:
                return false;
        }
    }
    return !name.empty();
}

bool isOneOf(int bidiClass, std::initializer_list<int> classes) {
    return std::find(classes.begin(), classes.end(), bidiClass) != classes.end();
}

bool isRightToLeft(ucs4_t c) {
    return isOneOf(uc_bidi_class(c), {UC_BIDI_R, UC_BIDI_AL, UC_BIDI_AN});
}

/// RFC 5893 section 2; it concerns only names with a right-to-left character.
bool keepsBidiRule(Codepoints name) {
    if (std::none_of(name.begin(), name.end(), isRightToLeft)) return true;

    const int first = uc_bidi_class(name.front());
    if (!isOneOf(first, {UC_BIDI_L, UC_BIDI_R, UC_BIDI_AL})) return false;
    // a name that begins left to right may hold nothing of the other direction: condition 5
    if (first == UC_BIDI_L) return false;
    bool european = false;
    bool arabic = false;
    for (const ucs4_t c : name) {
        const int type = uc_bidi_class(c);
        if (!isOneOf(type, {UC_BIDI_R, UC_BIDI_AL, UC_BIDI_AN, UC_BIDI_EN, UC_BIDI_ES, UC_BIDI_CS,
                            UC_BIDI_ET, UC_BIDI_ON, UC_BIDI_BN, UC_BIDI_NSM})) {
            return false;
        }
        european = european || type == UC_BIDI_EN;
        arabic = arabic || type == UC_BIDI_AN;
    }
    while (uc_bidi_class(name.back()) == UC_BIDI_NSM)
        name = name.first(name.size() - 1);
    return !(european && arabic) &&
           isOneOf(uc_bidi_class(name.back()), {UC_BIDI_R, UC_BIDI_AL, UC_BIDI_EN, UC_BIDI_AN});
}

/// Full-width and half-width characters become the ordinary ones (RFC 8265 section 3.3.1 step 1).
ucs4_t widthMapped(ucs4_t c) {
    std::array<ucs4_t, UC_DECOMPOSITION_MAX_LENGTH> form{};
    int tag = 0;
    const int length = uc_decomposition(c, &tag, form.data());
    const bool wide = tag == UC_DECOMP_WIDE || tag == UC_DECOMP_NARROW;
    return length == 1 && wide ? form[0] : c;
}

/// UsernameCaseMapped (RFC 8265 section 3.3) for names beyond ASCII.
std::optional<std::string> caseMapped(std::string_view name) {
    std::array<ucs4_t, usernameLimit> points{};
    std::size_t count = points.size();
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the C library's octets
    const auto* octets = reinterpret_cast<const std::uint8_t*>(name.data());
    if (u8_to_u32(octets, name.size(), points.data(), &count) != points.data()) return std::nullopt;
    const auto prepared = std::span{points}.first(count);
    std::transform(prepared.begin(), prepared.end(), prepared.begin(), widthMapped);
    // before mapping too: the Kelvin sign must not become an innocent k
    if (!isIdentifier(prepared)) return std::nullopt;

    std::size_t length = 0;
    const Malloced<std::uint32_t> mapped{
        u32_tolower(prepared.data(), prepared.size(), nullptr, UNINORM_NFC, nullptr, &length)};
    if (!mapped) return std::nullopt;
    const Codepoints result{mapped.get(), length};
    if (!isIdentifier(result) || !keepsBidiRule(result)) return std::nullopt;

    std::size_t size = 0;
    const Malloced<std::uint8_t> utf8{u32_to_u8(result.data(), result.size(), nullptr, &size)};
    if (!utf8) return std::nullopt;
    return std::string{utf8.get(), utf8.get() + size};
}

}  // namespace

std::optional<Localpart> Localpart::parse(std::string_view text) {
    if (text.empty() || text.size() > wireLimit) return std::nullopt;
    if (text::hasControl(text) || !text::isUtf8(text) || hasC1Control(text)) return std::nullopt;

    std::optional<std::string> decoded;
    if (isDotString(text)) {
        decoded = text;
    } else {
        decoded = decodeQuoted(text);
    }
    if (!decoded || decoded->empty() || decoded->size() > localpartLimit) return std::nullopt;
    return Localpart{std::move(*decoded)};
}

std::string Localpart::wire() const {
    if (isDotString(text_)) return text_;
    std::string quoted = "\"";
    for (const char c : text_) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted += '"';
}

bool Localpart::isAscii() const {
    return text::isAscii(text_);
}

std::optional<std::string> Localpart::canonical() const {
    return canonicalUsername(text_);
}

std::optional<std::string> canonicalUsername(std::string_view name) {
    if (name.empty() || name.size() > usernameLimit) return std::nullopt;
    if (!text::isAscii(name)) return caseMapped(name);
    // every printable ASCII character is valid, a space is not (RFC 8264 section 4.2)
    const bool valid =
        std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; });
    return valid ? std::optional{text::lower(name)} : std::nullopt;
}

}  // namespace postrider::mail
