#include "server/net/trust_watch.h"

#include "server/smtp/replies.h"

namespace postrider::net {

namespace {

mail::Verdict comeAgain() {
    return mail::Disconnect{smtp::replies::trustWithdrawn()};
}

}  // namespace

bool TrustWatch::hasLostTrust(const mail::SessionFacts& facts) const {
    return facts.trusted && !trust_.trusts(facts.client.ip);
}

mail::Verdict TrustWatch::onConnect(const mail::SessionFacts& facts) {
    return next_->onConnect(facts);
}

mail::Verdict TrustWatch::onEhlo(const mail::SessionFacts& facts) {
    if (facts.trusted && facts.ehlo) trust_.heardName(facts.client.ip, facts.ehlo->toString());
    return hasLostTrust(facts) ? comeAgain() : next_->onEhlo(facts);
}

mail::Verdict TrustWatch::onMail(const mail::SessionFacts& facts, const mail::ReversePath& path,
                                 const mail::MailParameters& parameters) {
    const auto* domain = path.mailbox() != nullptr ? path.mailbox()->domain() : nullptr;
    if (facts.trusted && !facts.user && domain != nullptr) {
        trust_.heardSender(facts.client.ip, *domain);
    }
    return hasLostTrust(facts) ? comeAgain() : next_->onMail(facts, path, parameters);
}

mail::Verdict TrustWatch::onRcpt(const mail::SessionFacts& facts, const mail::ForwardPath& path,
                                 const mail::RcptParameters& parameters) {
    return hasLostTrust(facts) ? comeAgain() : next_->onRcpt(facts, path, parameters);
}

mail::MessageVerdict TrustWatch::onMessage(const mail::MessageView& message) {
    return next_->onMessage(message);
}

}  // namespace postrider::net
