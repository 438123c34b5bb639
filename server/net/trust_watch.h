#pragma once

#include "server/net/relay_trust.h"
#include "server/smtp/ports.h"

#include <memory>

namespace postrider::net {

/// Stands in front of a session's gatekeeper: tells RelayTrust what a trusted client says of
/// itself, and ends the session when its address has lost the trust meanwhile, so that the client
/// comes again as one of those without. One thread.
class TrustWatch final : public smtp::Gatekeeper {
public:
    /// `trust` is lent.
    TrustWatch(RelayTrust& trust, std::unique_ptr<smtp::Gatekeeper> next)
        : trust_(trust), next_(std::move(next)) {}

    mail::Verdict onConnect(const mail::SessionFacts& facts) override;
    mail::Verdict onEhlo(const mail::SessionFacts& facts) override;
    mail::Verdict onMail(const mail::SessionFacts& facts, const mail::ReversePath& path,
                         const mail::MailParameters& parameters) override;
    mail::Verdict onRcpt(const mail::SessionFacts& facts, const mail::ForwardPath& path,
                         const mail::RcptParameters& parameters) override;
    mail::MessageVerdict onMessage(const mail::MessageView& message) override;
    void onReset() override { next_->onReset(); }
    void onQueued(const mail::QueueId& id) override { next_->onQueued(id); }

private:
    [[nodiscard]] bool hasLostTrust(const mail::SessionFacts& facts) const;

    RelayTrust& trust_;
    std::unique_ptr<smtp::Gatekeeper> next_;
};

}  // namespace postrider::net
