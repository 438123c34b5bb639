#include "common/mail/date.h"

#include <array>
#include <string_view>

namespace postrider::mail {

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

}  // namespace postrider::mail
