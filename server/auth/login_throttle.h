#pragma once

#include "common/base/clock.h"
#include "common/base/ip_address.h"

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace postrider::auth {

/// Makes guessing passwords slow, then hopeless, without locking anybody out of his account from
/// elsewhere (RFC 4954 section 9).
///
/// Failures are counted for three things: a network (an IPv4 address, an IPv6 /64), a user as tried
/// from that network, and a user as tried from anywhere. Each count drains by one failure a minute.
/// From the fourth failure on an answer is delayed, twice as long each time, up to 4 seconds. At 10
/// failures for one user from one network, or 30 from one network, that network is refused without
/// a look at the password until the count has drained below. What is tried from many networks is
/// only slowed.
///
/// At most 10,000 counts are kept; those that failed longest ago make room. Locks inside.
class LoginThrottle {
public:
    explicit LoginThrottle(const Clock& clock) : clock_(clock) {}

    [[nodiscard]] bool isRefused(const IpAddress& client, const std::string& user);
    /// Counts a failure; returns how long the answer is to be delayed.
    std::chrono::milliseconds failed(const IpAddress& client, const std::string& user);
    /// Forgives the user's failures from there, not those of the whole network: one known password
    /// must not buy guesses at others.
    void succeeded(const IpAddress& client, const std::string& user);

    /// Counts kept now.
    [[nodiscard]] std::size_t size() const;

    static constexpr std::size_t tableLimit = 10'000;

private:
    struct Count {
        double failures = 0;
        SteadyTime at;
    };
    [[nodiscard]] double level(const std::string& key) const;
    double add(const std::string& key);
    void makeRoom();

    const Clock& clock_;
    mutable std::mutex mutex_;
    std::map<std::string, Count> counts_;  ///< guarded by mutex_
};

}  // namespace postrider::auth
