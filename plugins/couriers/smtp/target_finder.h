#pragma once

#include "common/base/deadline.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/plugin/courier.h"
#include "plugins/couriers/smtp/next_hop.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace postrider::couriers {

/// One address to connect to, and the name of the host that has it (for TLS, log and DSN).
struct Target {
    Endpoint endpoint;
    std::string host;
};

struct FinderOptions {
    std::uint16_t port = 25;    ///< for next hops that name none
    bool allowPrivate = false;  ///< special-purpose addresses too
    std::set<IpAddress>
        own{};  ///< of this host: to go there would be a loop; ignored with allowPrivate
};

/// Tells which addresses a message for a next hop goes to, in order (RFC 5321 section 5.1, RFC
/// 7505). Thread-safe.
class TargetFinder {
public:
    TargetFinder(FinderOptions options, const plugin::Host& host)
        : options_(std::move(options)), host_(host) {}

    /// One to five targets, or what this means for every recipient. Of several next hops (`a/b`)
    /// each that has an address gets a part of the five.
    [[nodiscard]] Result<std::vector<Target>, plugin::DeliveryOutcome> find(
        const std::string& nextHop, Deadline deadline) const;

private:
    using Found = Result<std::vector<Target>, plugin::DeliveryOutcome>;
    [[nodiscard]] Found findOne(const NextHop& hop, Deadline deadline) const;

    const FinderOptions options_;
    const plugin::Host host_;
};

}  // namespace postrider::couriers
