#pragma once

#include "server/smtp/ports.h"

#include <map>
#include <string>
#include <vector>

namespace postrider::test {

/// Answers each step as it was told ("connect", "ehlo", "mail", "rcpt", "message"), else lets it
/// pass; keeps the facts that it was shown. One thread.
class ScriptedGatekeeper final : public smtp::Gatekeeper {
public:
    void answer(const std::string& step, mail::Verdict verdict) {
        verdicts_[step] = std::move(verdict);
    }

    struct Call {
        std::string step;
        mail::SessionFacts facts;
    };
    [[nodiscard]] const std::vector<Call>& calls() const { return calls_; }

    mail::Verdict onConnect(const mail::SessionFacts& facts) override {
        return judge("connect", facts);
    }
    mail::Verdict onEhlo(const mail::SessionFacts& facts) override { return judge("ehlo", facts); }
    mail::Verdict onMail(const mail::SessionFacts& facts, const mail::ReversePath&,
                         const mail::MailParameters&) override {
        return judge("mail", facts);
    }
    mail::Verdict onRcpt(const mail::SessionFacts& facts, const mail::ForwardPath&,
                         const mail::RcptParameters&) override {
        return judge("rcpt", facts);
    }
    mail::MessageVerdict onMessage(const mail::MessageView& message) override {
        return {judge("message", message.facts), {}};
    }
    void onReset() override { ++resets; }
    std::size_t resets = 0;  ///< transactions that it was told were given up

private:
    mail::Verdict judge(const std::string& step, const mail::SessionFacts& facts) {
        calls_.push_back({step, facts});
        const auto found = verdicts_.find(step);
        return found == verdicts_.end() ? mail::Verdict{mail::Proceed{}} : found->second;
    }

    std::map<std::string, mail::Verdict> verdicts_;
    std::vector<Call> calls_;
};

}  // namespace postrider::test
