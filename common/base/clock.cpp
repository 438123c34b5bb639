#include "common/base/clock.h"

#include <algorithm>
#include <thread>

namespace postrider {

WallTime SystemClock::now() const {
    return std::chrono::system_clock::now();
}

SteadyTime SystemClock::steady() const {
    return steadyNow();
}

SteadyTime steadyNow() {
    return std::chrono::steady_clock::now();
}

void pauseFor(std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
}

std::int64_t unixSeconds(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

WallTime fromUnixSeconds(std::int64_t seconds) {
    constexpr std::int64_t furthest =
        std::chrono::floor<std::chrono::seconds>(WallTime::duration::max()).count();
    return WallTime{std::chrono::seconds{std::clamp(seconds, -furthest, furthest)}};
}

std::string isoMilliseconds(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const auto inDay = std::chrono::floor<std::chrono::milliseconds>(time - day).count();

    std::string text = "0000-00-00T00:00:00.000Z";
    const auto put = [&text](std::size_t end, std::int64_t value, int digits) {
        for (; digits > 0; --digits, value /= 10) {
            text[--end] = static_cast<char>('0' + value % 10);
        }
    };
    put(4, std::max(static_cast<int>(date.year()), 0), 4);
    put(7, static_cast<unsigned>(date.month()), 2);
    put(10, static_cast<unsigned>(date.day()), 2);
    put(13, inDay / 3'600'000, 2);
    put(16, inDay / 60'000 % 60, 2);
    put(19, inDay / 1000 % 60, 2);
    put(23, inDay % 1000, 3);
    return text;
}

}  // namespace postrider
