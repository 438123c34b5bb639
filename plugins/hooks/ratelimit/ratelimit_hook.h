#pragma once

#include "common/plugin/hook.h"
#include "plugins/hooks/ratelimit/buckets.h"
#include "plugins/hooks/ratelimit/correspondents.h"
#include "plugins/hooks/ratelimit/rate.h"

#include <memory>
#include <optional>
#include <string>

namespace postrider::hooks {

/// What is limited; absent: it is not.
struct RateLimits {
    std::optional<Rate> perIp{};
    std::optional<Rate> perIpRecipients{};
    std::optional<Rate> perUser{};
    std::optional<Rate> perUserRecipients{};
    std::optional<Rate> perSenderDomain{};
    std::optional<Rate> perSenderDomainRecipients{};
    std::optional<Rate> newRecipientsPerUser{};
};

/// Counts messages at MAIL and recipients at RCPT, and defers what is too much. Who has logged in
/// is counted as that user, everybody else by address (IPv6: by /64) and sender domain; networks
/// that may relay are not counted. Thread-safe.
class RateLimitHook final : public plugin::Hook {
public:
    RateLimitHook(const RateLimits& limits, const plugin::Host& host);

    plugin::Admission onConnect(const mail::SessionFacts& facts) override;

    mail::Verdict countMessage(const mail::SessionFacts& facts, const mail::ReversePath& sender);
    mail::Verdict countRecipient(const mail::SessionFacts& facts, const mail::ReversePath& sender,
                                 const mail::ForwardPath& recipient);

private:
    mail::Verdict countNewRecipient(const std::string& user, const mail::ForwardPath& recipient);
    void tellPostmaster(const std::string& user);

    const plugin::Host host_;
    const std::optional<Rate> newRecipients_;
    std::optional<Buckets> perIp_;
    std::optional<Buckets> perIpRecipients_;
    std::optional<Buckets> perUser_;
    std::optional<Buckets> perUserRecipients_;
    std::optional<Buckets> perSenderDomain_;
    std::optional<Buckets> perSenderDomainRecipients_;
    Correspondents correspondents_;
};

class RateLimitFactory final : public plugin::HookFactory {
public:
    [[nodiscard]] std::unique_ptr<plugin::Hook> create(const plugin::Settings& settings,
                                                       const plugin::Host& host) const override;
};

}  // namespace postrider::hooks
