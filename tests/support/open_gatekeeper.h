#pragma once

#include "server/smtp/ports.h"

namespace postrider::test {

/// Lets everything pass.
class OpenGatekeeper : public smtp::Gatekeeper {
public:
    mail::Verdict onConnect(const mail::SessionFacts&) override { return mail::Proceed{}; }
    mail::Verdict onEhlo(const mail::SessionFacts&) override { return mail::Proceed{}; }
    mail::Verdict onMail(const mail::SessionFacts&, const mail::ReversePath&,
                         const mail::MailParameters&) override {
        return mail::Proceed{};
    }
    mail::Verdict onRcpt(const mail::SessionFacts&, const mail::ForwardPath&,
                         const mail::RcptParameters&) override {
        return mail::Proceed{};
    }
    mail::MessageVerdict onMessage(const mail::MessageView&) override { return {}; }
};

}  // namespace postrider::test
