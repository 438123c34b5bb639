#pragma once

#include "common/base/deadline.h"
#include "common/plugin/host.h"
#include "common/plugin/settings.h"
#include "plugins/hooks/dns_lists/dns_list.h"

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace postrider::hooks {

/// What the lists know of one address.
struct Listings {
    struct Hit {
        std::string zone;
        std::string answer;
        int weight = 0;
    };
    std::vector<Hit> hits;  ///< in the order of the lists
    int score = 0;          ///< the sum of the weights

    /// "zen.example 127.0.0.2 (+3), good.example 127.0.0.5 (-1)"; empty without hits.
    [[nodiscard]] std::string toString() const;
};

/// The lists of an option, `zone[=answers][*weight]` with commas between them. Throws ConfigError.
[[nodiscard]] std::vector<DnsList> listsOf(const plugin::Settings& settings, std::string_view key);

/// Asks lists in DNS about addresses, all of them at the same time, and remembers the answers for a
/// while. Thread-safe.
///
/// A list that does not answer in time, or fails, counts as if the address were not on it: mail
/// must not stop with somebody else's name server. An answer outside of 127.0.0.0/8 is none (the
/// zone is gone and its name parked), one in 127.255.255.0/24 says that the list does not talk to
/// our resolver; either is warned about once for each list. What is incomplete is not remembered.
///
/// Metric: postrider_dns_list_failures{zone}.
class ListChecker {
public:
    /// At most 16 zones: listsOf() sees to it.
    ListChecker(std::vector<DnsList> lists, std::chrono::seconds remember,
                const plugin::Host& host);

    /// Blocks until all lists have answered, at most until the deadline.
    [[nodiscard]] Listings look(const IpAddress& ip, Deadline deadline);

private:
    struct ZoneAnswer {
        std::vector<IpAddress> records;
        bool failed = false;
    };
    struct Remembered {
        Listings listings;
        SteadyTime until;
    };
    [[nodiscard]] std::vector<ZoneAnswer> askAll(const IpAddress& ip, Deadline deadline);
    [[nodiscard]] ZoneAnswer ask(const IpAddress& ip, const std::string& zone, Deadline deadline);
    [[nodiscard]] bool counts(const IpAddress& record, const std::string& zone);
    [[nodiscard]] Listings weigh(const std::vector<ZoneAnswer>& answers) const;
    void remember(const IpAddress& ip, const Listings& listings);
    void warnOnce(const std::string& zone, const IpAddress& record, const std::string& meaning);

    const std::vector<DnsList> lists_;
    std::vector<std::string> zones_;  ///< each once
    const std::chrono::seconds rememberFor_;
    const plugin::Host host_;
    std::mutex mutex_;
    std::map<IpAddress, Remembered> remembered_;
    std::set<std::string> warned_;
};

}  // namespace postrider::hooks
