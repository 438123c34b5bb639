#include "server/pluginhost/hook_gatekeeper.h"

#include <iterator>
#include <utility>
#include <variant>

namespace postrider::pluginhost {

namespace {

bool isProceed(const mail::Verdict& verdict) {
    return std::holds_alternative<mail::Proceed>(verdict);
}

}  // namespace

HookGatekeeper::HookGatekeeper(std::shared_ptr<const HookInstances> hooks,
                               journal::Journal& journal)
    : hooks_(std::move(hooks)), journal_(journal) {}

HookGatekeeper::~HookGatekeeper() {
    tellAll(plugin::Report::What::Disconnected, "");
}

mail::Verdict HookGatekeeper::onConnect(const mail::SessionFacts& facts) {
    for (const auto& instance : *hooks_) {
        plugin::Admission admission = instance->onConnect({"connect", facts, "", journal_});
        if (admission.session != nullptr) {
            seats_.push_back({*instance, std::move(admission.session)});
        }
        if (!isProceed(admission.verdict)) return passOn(std::move(admission.verdict));
    }
    return mail::Proceed{};
}

mail::Verdict HookGatekeeper::onEhlo(const mail::SessionFacts& facts) {
    return askAll({"ehlo", facts, "", journal_},
                  [&](plugin::HookSession& hook) { return hook.onEhlo(facts); });
}

mail::Verdict HookGatekeeper::onMail(const mail::SessionFacts& facts, const mail::ReversePath& path,
                                     const mail::MailParameters& parameters) {
    return askAll({"mail", facts, path.toString(), journal_},
                  [&](plugin::HookSession& hook) { return hook.onMail(facts, path, parameters); });
}

mail::Verdict HookGatekeeper::onRcpt(const mail::SessionFacts& facts, const mail::ForwardPath& path,
                                     const mail::RcptParameters& parameters) {
    return askAll({"rcpt", facts, path.toString(), journal_},
                  [&](plugin::HookSession& hook) { return hook.onRcpt(facts, path, parameters); });
}

mail::MessageVerdict HookGatekeeper::onMessage(const mail::MessageView& message) {
    mail::MessageVerdict together;
    for (const auto& [instance, session] : seats_) {
        auto answer = instance.askMessage(
            {"message", message.facts, message.envelope.reversePath.toString(), journal_},
            [&, &hook = *session] { return hook.onMessage(message); });
        if (!isProceed(answer.verdict)) return {passOn(std::move(answer.verdict)), {}};
        std::move(answer.edits.begin(), answer.edits.end(), std::back_inserter(together.edits));
    }
    return together;
}

void HookGatekeeper::onReset() {
    tellAll(plugin::Report::What::Reset, "");
}

void HookGatekeeper::onQueued(const mail::QueueId& id) {
    tellAll(plugin::Report::What::Queued, id.toString());
}

template <class Question>
mail::Verdict HookGatekeeper::askAll(const HookCall& call, const Question& question) {
    for (const auto& [instance, session] : seats_) {
        auto verdict = instance.ask(call, [&, &hook = *session] { return question(hook); });
        if (!isProceed(verdict)) return passOn(std::move(verdict));
    }
    return mail::Proceed{};
}

void HookGatekeeper::tellAll(plugin::Report::What what, const std::string& text) {
    for (const auto& [instance, session] : seats_)
        instance.tell(*session, {what, text});
}

mail::Verdict HookGatekeeper::passOn(mail::Verdict verdict) {
    if (const auto* refuse = std::get_if<mail::Refuse>(&verdict)) {
        tellAll(plugin::Report::What::Refused, refuse->reply.toString());
    } else if (const auto* disconnect = std::get_if<mail::Disconnect>(&verdict)) {
        tellAll(plugin::Report::What::Refused, disconnect->reply.toString());
    }
    return verdict;
}

}  // namespace postrider::pluginhost
