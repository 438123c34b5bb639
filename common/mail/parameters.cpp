#include "common/mail/parameters.h"

#include "common/base/text.h"

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

}  // namespace postrider::mail
