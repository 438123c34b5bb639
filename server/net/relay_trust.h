#pragma once

#include "common/base/clock.h"
#include "common/base/ip_network.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/mail/domain.h"
#include "server/journal/journal.h"

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace postrider::net {

/// Which clients may relay without logging in (relay.trusted), and the guard that takes this back.
///
/// The danger is NAT: a container whose port is published, a virtual machine, a router in front.
/// There strangers from everywhere seem to come from one private address, and who trusts its
/// network has opened the relay to the world. Two things stand against it:
///
/// - An address as which NAT would show strangers (`suspects`: the host's gateway, the first
///   address of its networks, its own) is trusted only when the operator named just this address.
/// - Behind a private address should be one machine. When within an hour more different EHLO names,
///   or more sender domains that are not ours, come from it than one machine has, it loses the
///   trust at once, also in sessions that are open, until use() is called (SIGHUP) or a restart.
///   A forwarding machine has many sender domains but one name, so they count less.
///
/// Locks inside; outlives the sessions.
class RelayTrust {
public:
    struct Rules {
        std::vector<IpNetwork> networks;
        std::vector<IpAddress> suspects;
    };
    /// Lent for life.
    struct Parts {
        const Clock& clock;
        Log& log;
        Metrics& metrics;
        journal::Journal& journal;
        std::function<bool(const mail::Domain&)> isOurs;
    };
    static constexpr std::size_t mostNames = 5;
    static constexpr std::size_t mostSenderDomains = 20;

    RelayTrust(Rules rules, Parts parts);

    [[nodiscard]] bool trusts(const IpAddress& client) const;
    /// What a client called itself; of one that is not trusted it is of no interest.
    void heardName(const IpAddress& client, const std::string& name);
    void heardSender(const IpAddress& client, const mail::Domain& domain);

    /// New rules; what was taken is given back.
    void use(Rules rules);
    /// Who has lost the trust and why, for /healthz; empty when nobody has.
    [[nodiscard]] std::string problem() const;

private:
    using Heard = std::map<std::string, SteadyTime>;  ///< and when last
    struct Behind {
        Heard names;
        Heard senderDomains;
    };

    void heard(const IpAddress& client, Heard Behind::*what, const std::string& text,
               std::size_t most);
    [[nodiscard]] bool trustsLocked(const IpAddress& client) const;
    Heard& remembered(const IpAddress& client, Heard Behind::*what);
    void withdraw(const IpAddress& client, const std::string& reason);

    const Parts parts_;
    Counter& withdrawals_;
    mutable std::mutex mutex_;
    Rules rules_;
    std::map<IpAddress, Behind> behind_;          ///< private addresses only
    std::map<IpAddress, std::string> withdrawn_;  ///< and the reason
};

}  // namespace postrider::net
