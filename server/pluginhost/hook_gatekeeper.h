#pragma once

#include "server/pluginhost/hook_instance.h"
#include "server/smtp/ports.h"

#include <memory>
#include <vector>

namespace postrider::pluginhost {

using HookInstances = std::vector<std::unique_ptr<HookInstance>>;

/// The hook chain as one session sees it: asked in order, the first verdict other than Proceed wins
/// and the hooks behind it are not asked. One thread at a time.
class HookGatekeeper final : public smtp::Gatekeeper {
public:
    /// Owned together with the chain, so that a session outlives a reload with the hooks it began
    /// with. `journal` outlives it.
    HookGatekeeper(std::shared_ptr<const HookInstances> hooks, journal::Journal& journal);
    /// Tells every hook that the session is over.
    ~HookGatekeeper() override;
    HookGatekeeper(const HookGatekeeper&) = delete;
    HookGatekeeper& operator=(const HookGatekeeper&) = delete;
    HookGatekeeper(HookGatekeeper&&) = delete;
    HookGatekeeper& operator=(HookGatekeeper&&) = delete;

    mail::Verdict onConnect(const mail::SessionFacts& facts) override;
    mail::Verdict onEhlo(const mail::SessionFacts& facts) override;
    mail::Verdict onMail(const mail::SessionFacts& facts, const mail::ReversePath& path,
                         const mail::MailParameters& parameters) override;
    mail::Verdict onRcpt(const mail::SessionFacts& facts, const mail::ForwardPath& path,
                         const mail::RcptParameters& parameters) override;
    /// Every hook sees the message as it was received; the edits of all are given back together, in
    /// order, or none of them when one hook's verdict is not Proceed.
    mail::MessageVerdict onMessage(const mail::MessageView& message) override;
    void onReset() override;
    void onQueued(const mail::QueueId& id) override;

private:
    /// One hook that wants to hear the rest of the session.
    struct Seat {
        HookInstance& instance;
        std::unique_ptr<plugin::HookSession> session;
    };
    template <class Question>
    mail::Verdict askAll(const HookCall& call, const Question& question);
    void tellAll(plugin::Report::What what, const std::string& text);
    /// Tells all of a refusal among the hooks themselves; gives the verdict back.
    mail::Verdict passOn(mail::Verdict verdict);

    std::shared_ptr<const HookInstances>
        hooks_;  ///< owners: HookChain and the sessions that began with it
    journal::Journal& journal_;
    std::vector<Seat> seats_;
};

}  // namespace postrider::pluginhost
