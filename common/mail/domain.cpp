#include "common/mail/domain.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <idn2.h>
#include <memory>
#include <vector>

namespace postrider::mail {

namespace {

constexpr std::size_t domainLimit = 253;
constexpr std::size_t labelLimit = 63;
/// No U-label form of a domain that fits 253 octets is longer: more is refused unread.
constexpr std::size_t inputLimit = 4 * domainLimit;
constexpr std::string_view aLabelPrefix = "xn--";

struct Idn2Free {
    void operator()(char* text) const { idn2_free(text); }
};
using Idn2Text = std::unique_ptr<char, Idn2Free>;

bool isLdh(std::string_view label) {
    if (label.front() == '-' || label.back() == '-') return false;
    return std::all_of(label.begin(), label.end(),
                       [](char c) { return text::isAlnum(c) || c == '-'; });
}

DomainError errorOf(int code) {
    switch (code) {
        case IDN2_TOO_BIG_DOMAIN:
            return DomainError::TooLong;
        case IDN2_TOO_BIG_LABEL:
        case IDN2_PUNYCODE_BIG_OUTPUT:
            return DomainError::LabelTooLong;
        default:
            return DomainError::NotIdna;
    }
}

/// One label through libidn2: mapped, NFC, checked, as A-label or plain ASCII.
Result<std::string, DomainError> lookup(const std::string& label) {
    // never STD3_ASCII_RULES: it drops what it does not like instead of refusing it
    constexpr int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
    std::uint8_t* out = nullptr;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the C library's octets
    const auto* in = reinterpret_cast<const std::uint8_t*>(label.c_str());
    const int code = idn2_lookup_u8(in, &out, flags);
    if (code != IDN2_OK) return Unexpected{errorOf(code)};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): likewise
    const Idn2Text owner{reinterpret_cast<char*>(out)};
    return text::lower(owner.get());
}

std::string toULabel(const std::string& ascii) {
    char* out = nullptr;
    if (idn2_to_unicode_8z8z(ascii.c_str(), &out, IDN2_NONTRANSITIONAL) != IDN2_OK) return ascii;
    const Idn2Text owner{out};
    return owner.get();
}

/// Whether the A-label is what its own U-label maps to (else one domain has two spellings), and
/// that U-label is valid in IDNA2008.
bool isHonestALabel(const std::string& label) {
    const std::string unicode = toULabel(label);
    const auto again = lookup(unicode);
    if (!again || *again != label) return false;
    // symbols that libidn2 lets through together with the ASCII ones when STD3 is off
    constexpr std::array<std::string_view, 3> symbols{"\u2260", "\u226e", "\u226f"};
    return std::none_of(symbols.begin(), symbols.end(), [&](std::string_view symbol) {
        return unicode.find(symbol) != std::string::npos;
    });
}

Result<std::string, DomainError> asciiLabel(std::string_view label) {
    const bool plain = text::isAscii(label) && !text::startsWithIgnoreCase(label, aLabelPrefix);
    // libidn2 refuses honest old names such as r3---sn: plain labels do not pass through it
    if (plain) return text::lower(label);

    auto mapped = lookup(text::lower(label));
    if (!mapped) return mapped;
    if (mapped->starts_with(aLabelPrefix) && !isHonestALabel(*mapped)) {
        return Unexpected{DomainError::NotIdna};
    }
    return mapped;
}

/// The other full stops that IDNA treats as label separators (UTS 46 section 2.3), made dots.
std::string withPlainDots(std::string_view text) {
    constexpr std::array<std::string_view, 3> stops{"\u3002", "\uff0e", "\uff61"};
    std::string out{text};
    for (const std::string_view stop : stops) {
        for (auto at = out.find(stop); at != std::string::npos; at = out.find(stop, at)) {
            out.replace(at, stop.size(), ".");
        }
    }
    return out;
}

Result<std::string, DomainError> checkedLabel(std::string_view label) {
    if (label.empty()) return Unexpected{DomainError::EmptyLabel};
    auto ascii = asciiLabel(label);
    if (!ascii) return ascii;
    if (ascii->empty()) return Unexpected{DomainError::EmptyLabel};
    if (ascii->size() > labelLimit) return Unexpected{DomainError::LabelTooLong};
    // checked after mapping: libidn2 turns a full-width slash into a slash and says nothing
    if (!isLdh(*ascii)) return Unexpected{DomainError::BadCharacter};
    return ascii;
}

}  // namespace

std::string_view describe(DomainError error) {
    switch (error) {
        case DomainError::Empty:
            return "the domain is empty";
        case DomainError::TooLong:
            return "the domain is longer than 253 octets";
        case DomainError::LabelTooLong:
            return "a part of the domain is longer than 63 octets";
        case DomainError::EmptyLabel:
            return "the domain has an empty part between, before or behind its dots";
        case DomainError::BadCharacter:
            return "the domain has a character other than letters, digits and inner hyphens";
        case DomainError::NotIdna:
            return "the domain is not a valid internationalised name";
    }
    return "the domain is not valid";
}

Result<Domain, DomainError> Domain::parse(std::string_view text) {
    if (text.empty()) return Unexpected{DomainError::Empty};
    if (text.size() > inputLimit) return Unexpected{DomainError::TooLong};
    if (text::hasControl(text) || !text::isUtf8(text)) {
        return Unexpected{DomainError::BadCharacter};
    }
    const std::string dotted = text::isAscii(text) ? std::string{text} : withPlainDots(text);

    std::string ascii;
    ascii.reserve(dotted.size());
    for (const std::string_view label : text::split(dotted, '.')) {
        const auto checked = checkedLabel(label);
        if (!checked) return Unexpected{checked.error()};
        if (!ascii.empty()) ascii += '.';
        ascii += *checked;
    }
    if (ascii.size() > domainLimit) return Unexpected{DomainError::TooLong};
    return Domain{std::move(ascii)};
}

std::string Domain::unicode() const {
    return ascii_.find(aLabelPrefix) == std::string::npos ? ascii_ : toULabel(ascii_);
}

bool Domain::isWithin(const Domain& other) const {
    if (!ascii_.ends_with(other.ascii_)) return false;
    const std::size_t before = ascii_.size() - other.ascii_.size();
    return before == 0 || ascii_[before - 1] == '.';
}

}  // namespace postrider::mail
