#include "common/base/clock.h"

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

std::int64_t unixSeconds(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

WallTime fromUnixSeconds(std::int64_t seconds) {
    return WallTime{std::chrono::seconds{seconds}};
}

}  // namespace postrider
