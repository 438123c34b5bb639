#pragma once

#include "common/plugin/hook.h"
#include "plugins/hooks/dns_lists/list_checker.h"

#include <chrono>
#include <memory>
#include <vector>

namespace postrider::hooks {

/// Which clients are refused.
struct DnsblOptions {
    std::vector<DnsList> lists;
    int threshold = 1;                 ///< refused from this sum of weights on
    std::chrono::seconds timeout{10};  ///< for all lists together
    std::chrono::seconds cache{300};   ///< how long answers are remembered
    bool askPrivate = false;           ///< also about private and loopback addresses
};

/// Refuses recipients to clients that lists in DNS speak against (RFC 5782). Thread-safe.
///
/// The lists are asked at the first recipient of a session, so that clients who never get there
/// cost nothing, and mail to postmaster (RFC 5321 section 4.5.1) and abuse (RFC 2142) always
/// passes. Users who have logged in, trusted networks and private addresses are never asked about.
class DnsblHook final : public plugin::Hook {
public:
    DnsblHook(DnsblOptions options, const plugin::Host& host);

    plugin::Admission onConnect(const mail::SessionFacts& facts) override;

private:
    const DnsblOptions options_;
    ListChecker checker_;
};

class DnsblFactory final : public plugin::HookFactory {
public:
    [[nodiscard]] std::chrono::seconds usualTimeout() const override {
        return DnsblOptions{}.timeout;
    }
    [[nodiscard]] std::unique_ptr<plugin::Hook> create(const plugin::Settings& settings,
                                                       const plugin::Host& host) const override;
};

}  // namespace postrider::hooks
