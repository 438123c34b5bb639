#include "server/auth/login_throttle.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace postrider::auth {

namespace {

constexpr double refusePair = 10;
constexpr double refuseNetwork = 30;
constexpr double freeFailures = 3;
constexpr double drainPerSecond = 1.0 / 60;
constexpr std::chrono::milliseconds firstDelay{250};
constexpr std::chrono::milliseconds longestDelay{4000};

/// A household or a host: all of them share one address, or one IPv6 /64.
std::string networkKey(const IpAddress& client) {
    if (client.isV4()) return client.toString();
    auto octets = client.octets();
    std::fill(octets.begin() + 8, octets.end(), std::uint8_t{0});
    return IpAddress::v6(octets).toString() + "/64";
}

// A blank is in no address and in no user's name: the three kinds of keys cannot meet.
std::string pairKey(const IpAddress& client, const std::string& user) {
    return networkKey(client) + " " + user;
}

std::string userKey(const std::string& user) {
    return " " + user;
}

std::chrono::milliseconds delayFor(double failures) {
    const double beyond = std::floor(failures) - freeFailures;
    if (beyond <= 0) return std::chrono::milliseconds{0};
    const double factor = std::exp2(std::min(beyond - 1, 16.0));
    const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(firstDelay * factor);
    return std::min(delay, longestDelay);
}

}  // namespace

double LoginThrottle::level(const std::string& key) const {
    const auto found = counts_.find(key);
    if (found == counts_.end()) return 0;
    const std::chrono::duration<double> passed = clock_.steady() - found->second.at;
    return std::max(0.0, found->second.failures - passed.count() * drainPerSecond);
}

void LoginThrottle::makeRoom() {
    if (counts_.size() < tableLimit) return;
    // a tenth at once: the work is shared by the thousand that come next
    std::vector<SteadyTime> times;
    times.reserve(counts_.size());
    for (const auto& [key, count] : counts_)
        times.push_back(count.at);
    const auto last = times.begin() + tableLimit / 10;
    std::nth_element(times.begin(), last, times.end());
    std::erase_if(counts_, [last](const auto& entry) { return entry.second.at <= *last; });
}

double LoginThrottle::add(const std::string& key) {
    const double failures = level(key) + 1;
    if (!counts_.contains(key)) makeRoom();
    counts_[key] = {failures, clock_.steady()};
    return failures;
}

bool LoginThrottle::isRefused(const IpAddress& client, const std::string& user) {
    const std::lock_guard lock{mutex_};
    return level(pairKey(client, user)) > refusePair - 1 ||
           level(networkKey(client)) > refuseNetwork - 1;
}

std::chrono::milliseconds LoginThrottle::failed(const IpAddress& client, const std::string& user) {
    const std::lock_guard lock{mutex_};
    const double most =
        std::max({add(networkKey(client)), add(pairKey(client, user)), add(userKey(user))});
    return delayFor(most);
}

void LoginThrottle::succeeded(const IpAddress& client, const std::string& user) {
    const std::lock_guard lock{mutex_};
    counts_.erase(pairKey(client, user));
}

std::size_t LoginThrottle::size() const {
    const std::lock_guard lock{mutex_};
    return counts_.size();
}

}  // namespace postrider::auth
