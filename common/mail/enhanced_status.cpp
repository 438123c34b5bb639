#include "common/mail/enhanced_status.h"

#include "common/base/text.h"

namespace postrider::mail {

namespace {

/// One to three digits without a leading zero at the start of `text`, which is shortened by them.
std::optional<int> takeNumber(std::string_view& text) {
    int value = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text::isDigit(text[digits])) {
        if (digits == 3) return std::nullopt;
        value = value * 10 + (text[digits] - '0');
        ++digits;
    }
    if (digits == 0 || (digits > 1 && text.front() == '0')) return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

bool takeDot(std::string_view& text) {
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

std::optional<EnhancedStatus> EnhancedStatus::parse(std::string_view text) {
    const auto klass = takeNumber(text);
    if (!klass || (*klass != 2 && *klass != 4 && *klass != 5) || !takeDot(text))
        return std::nullopt;
    const auto subject = takeNumber(text);
    if (!subject || !takeDot(text)) return std::nullopt;
    const auto detail = takeNumber(text);
    if (!detail || !(text.empty() || text.front() == ' ')) return std::nullopt;
    return EnhancedStatus{*klass, *subject, *detail};
}

std::string EnhancedStatus::toString() const {
    return std::to_string(klass) + '.' + std::to_string(subject) + '.' + std::to_string(detail);
}

}  // namespace postrider::mail
