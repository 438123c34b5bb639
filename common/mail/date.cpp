#include "common/mail/date.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace postrider::mail {

namespace {

/// `count` digits at `at`; nothing when there are others.
std::optional<int> digitsAt(std::string_view text, std::size_t at, std::size_t count) {
    if (text.size() < at + count) return std::nullopt;
    const auto digits = text.substr(at, count);
    const auto number = text::parseUnsigned(digits);
    return number ? std::optional{static_cast<int>(*number)} : std::nullopt;
}

/// "HH:MM".
std::optional<std::chrono::minutes> parseHoursAndMinutes(std::string_view text) {
    const auto hours = digitsAt(text, 0, 2);
    const auto minutes = digitsAt(text, 3, 2);
    if (!hours || !minutes || text[2] != ':' || *hours > 23 || *minutes > 59) return std::nullopt;
    return std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
}

/// "Z", "+01:00", "-08:00": how far the clock there is ahead of UTC.
std::optional<std::chrono::minutes> parseOffset(std::string_view text) {
    if (text == "Z" || text == "z") return std::chrono::minutes{0};
    if (text.size() != 6 || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const auto offset = parseHoursAndMinutes(text.substr(1));
    if (!offset) return std::nullopt;
    return text.front() == '-' ? -*offset : *offset;
}

/// "YYYY-MM-DD".
std::optional<std::chrono::sys_days> parseDay(std::string_view text) {
    const auto year = digitsAt(text, 0, 4);
    const auto month = digitsAt(text, 5, 2);
    const auto day = digitsAt(text, 8, 2);
    if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *year < 1970 || *year > 2261) return std::nullopt;
    return std::chrono::sys_days{date};
}

/// Behind the seconds: ".5", ".123456", or nothing.
std::string_view withoutFraction(std::string_view text) {
    if (!text.starts_with('.')) return text;
    const auto end = std::find_if_not(text.begin() + 1, text.end(), text::isDigit);
    const auto length = static_cast<std::size_t>(end - text.begin());
    return length > 1 ? text.substr(length) : text;
}

}  // namespace

std::string formatDate(WallTime time) {
    constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::string iso = isoMilliseconds(time);

    std::string text{weekdays.at(std::chrono::weekday{day}.c_encoding())};
    text.append(", ").append(std::to_string(static_cast<unsigned>(date.day()))).append(" ");
    text.append(months.at(static_cast<unsigned>(date.month()) - 1)).append(" ");
    text.append(iso, 0, 4).append(" ").append(iso, 11, 8).append(" +0000");
    return text;
}

std::string formatIsoTime(WallTime time) {
    return isoMilliseconds(time).substr(0, 19) + 'Z';
}

std::optional<WallTime> parseIsoTime(std::string_view text) {
    constexpr std::size_t withoutZone = 19;  // "2026-11-21T12:00:00"
    if (text.size() <= withoutZone || text::lower(text[10]) != 't' || text[16] != ':') {
        return std::nullopt;
    }
    const auto day = parseDay(text);
    const auto time = parseHoursAndMinutes(text.substr(11));
    const auto seconds = digitsAt(text, 17, 2);
    const auto offset = parseOffset(withoutFraction(text.substr(withoutZone)));
    constexpr int leapSecond = 60;
    if (!day || !time || !seconds || *seconds > leapSecond || !offset) return std::nullopt;
    return WallTime{*day} + *time + std::chrono::seconds{*seconds} - *offset;
}

}  // namespace postrider::mail
