#include "common/mail/parameters.h"

#include "common/base/text.h"
#include "common/mail/xtext.h"

#include <algorithm>
#include <array>
#include <utility>

namespace postrider::mail {

namespace {

constexpr std::array<std::pair<std::string_view, BodyType>, 3> bodyTypes{{
    {"7BIT", BodyType::SevenBit},
    {"8BITMIME", BodyType::EightBitMime},
    {"BINARYMIME", BodyType::BinaryMime},
}};
constexpr std::array<std::pair<std::string_view, Ret>, 2> rets{{
    {"FULL", Ret::Full},
    {"HDRS", Ret::Headers},
}};
constexpr std::array<std::pair<std::string_view, NotifyOn>, 3> notifyWords{{
    {"SUCCESS", NotifyOn::Success},
    {"FAILURE", NotifyOn::Failure},
    {"DELAY", NotifyOn::Delay},
}};
constexpr std::string_view never = "NEVER";
constexpr std::size_t longestEnvid = 100;  // RFC 3461 section 4.4
constexpr std::size_t longestOrcpt = 500;  // RFC 3461 section 4.2

template <class Value, std::size_t size>
std::string_view nameOf(const std::array<std::pair<std::string_view, Value>, size>& names,
                        Value wanted) {
    for (const auto& [name, value] : names) {
        if (value == wanted) return name;
    }
    return {};
}

template <class Value, std::size_t size>
std::optional<Value> valueOf(const std::array<std::pair<std::string_view, Value>, size>& names,
                             std::string_view wanted) {
    for (const auto& [name, value] : names) {
        if (text::equalsIgnoreCase(name, wanted)) return value;
    }
    return std::nullopt;
}

/// RFC 3461 section 4.2: addr-type is an atom; those that are registered are letters, digits, `-`.
bool isAddressType(std::string_view type) {
    const auto fits = [](char c) { return text::isAlnum(c) || c == '-'; };
    return !type.empty() && std::ranges::all_of(type, fits);
}

/// C1 controls too, which are two octets in UTF-8.
bool isPrintableUtf8(std::string_view text) {
    if (text::hasControl(text)) return false;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] == '\xc2' && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
    }
    return true;
}

}  // namespace

std::string_view toString(BodyType body) {
    return nameOf(bodyTypes, body);
}

std::optional<BodyType> bodyTypeFromString(std::string_view text) {
    return valueOf(bodyTypes, text);
}

std::string_view toString(Ret ret) {
    return nameOf(rets, ret);
}

std::optional<Ret> retFromString(std::string_view text) {
    return valueOf(rets, text);
}

std::string notifyToString(const std::optional<std::set<NotifyOn>>& notify) {
    if (!notify) return {};
    std::string text;
    for (const NotifyOn when : *notify) {
        if (!text.empty()) text += ',';
        text += nameOf(notifyWords, when);
    }
    return text.empty() ? std::string{never} : text;
}

std::optional<std::set<NotifyOn>> notifyFromString(std::string_view text) {
    std::set<NotifyOn> notify;
    // NEVER stands alone (RFC 3461 section 4.1)
    if (text::equalsIgnoreCase(text, never)) return notify;
    for (const std::string_view word : text::split(text, ',')) {
        const auto when = valueOf(notifyWords, word);
        if (!when) return std::nullopt;
        notify.insert(*when);
    }
    return notify;
}

std::optional<std::string> envidFromXtext(std::string_view xtext) {
    if (xtext.empty() || xtext.size() > longestEnvid) return std::nullopt;
    auto envid = decodeXtext(xtext);
    if (!envid || !text::isAscii(*envid) || text::hasControl(*envid)) return std::nullopt;
    return envid;
}

std::optional<OriginalRecipient> originalRecipientFromXtext(std::string_view text) {
    const auto semicolon = text.find(';');
    const auto type = text.substr(0, semicolon);
    if (text.size() > longestOrcpt || semicolon == std::string_view::npos || !isAddressType(type)) {
        return std::nullopt;
    }
    auto address = decodeXtext(text.substr(semicolon + 1));
    if (address && text::equalsIgnoreCase(type, "utf-8")) {
        address = decodeUnicodeEscapes(*address);
    } else if (address && !text::isAscii(*address)) {
        return std::nullopt;
    }
    if (!address || address->empty() || !isPrintableUtf8(*address)) return std::nullopt;
    return OriginalRecipient{std::string{type}, *std::move(address)};
}

}  // namespace postrider::mail
