#include "common/mail/queue_id.h"

#include "common/base/text.h"

#include <algorithm>

namespace postrider::mail {

namespace {

constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t timeLength = 8;  // milliseconds since 1970, good until the year 2059
constexpr std::size_t randomLength = 6;
constexpr std::size_t idLength = timeLength + randomLength;

/// Writes the lowest `length` digits of `value` so that they end before `end`.
void putDigits(std::string& text, std::size_t end, std::size_t length, std::uint64_t value) {
    for (; length > 0; --length, value /= digits.size()) {
        text[--end] = digits[value % digits.size()];
    }
}

}  // namespace

QueueId QueueId::make(WallTime now, Random& random) {
    const auto since1970 =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    std::string text(idLength, '0');
    putDigits(text, timeLength, timeLength,
              static_cast<std::uint64_t>(std::max<std::int64_t>(since1970, 0)));
    putDigits(text, idLength, randomLength, random.next());
    return QueueId{std::move(text)};
}

WallTime QueueId::createdAt() const {
    std::int64_t milliseconds = 0;
    for (const char digit : text_.substr(0, timeLength)) {
        milliseconds = milliseconds * static_cast<std::int64_t>(digits.size()) +
                       static_cast<std::int64_t>(digits.find(digit));
    }
    return WallTime{std::chrono::milliseconds{milliseconds}};
}

std::optional<QueueId> QueueId::parse(std::string_view text) {
    const bool valid = text.size() == idLength && std::all_of(text.begin(), text.end(), [](char c) {
                           return text::isDigit(c) || (c >= 'a' && c <= 'z');
                       });
    if (!valid) return std::nullopt;
    return QueueId{std::string{text}};
}

}  // namespace postrider::mail
