#include "server/pluginhost/hook_instance.h"

#include "common/base/text.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace postrider::pluginhost {

namespace {

constexpr unsigned mostOverruns = 3;
/// What a hook that ends its work at its timeout may need to clear up behind it.
constexpr std::chrono::seconds grace{5};

bool isRefusal(const mail::Reply& reply) {
    return reply.isTransient() || reply.isPermanent();
}

/// RFC 5322 section 2.2: printable ASCII without colon.
bool isFieldName(const std::string& name) {
    return !name.empty() && name.size() <= 76 && std::all_of(name.begin(), name.end(), [](char c) {
        return c > ' ' && c < '\x7f' && c != ':';
    });
}

/// Whether an edit names a field that can be written.
struct IsUsable {
    template <class Edit>
    bool operator()(const Edit& edit) const {
        if constexpr (requires { edit.name; }) {
            if (!isFieldName(edit.name)) return false;
        }
        if constexpr (requires { edit.value; }) {
            return edit.value.find('\0') == std::string::npos;
        }
        return true;
    }
};

bool isUsable(const mail::Edit& edit) {
    return std::visit(IsUsable{}, edit);
}

/// What is wrong with an answer; empty when nothing is.
std::string problemOf(const mail::Verdict& verdict) {
    const auto* refuse = std::get_if<mail::Refuse>(&verdict);
    const auto* disconnect = std::get_if<mail::Disconnect>(&verdict);
    if ((refuse != nullptr && !isRefusal(refuse->reply)) ||
        (disconnect != nullptr && !isRefusal(disconnect->reply))) {
        return "it refused with a reply that is no refusal";
    }
    return {};
}
std::string problemOf(const mail::MessageVerdict& answer) {
    if (!std::all_of(answer.edits.begin(), answer.edits.end(), isUsable)) {
        return "it wants an edit that cannot be made";
    }
    return problemOf(answer.verdict);
}
std::string problemOf(const plugin::Admission& answer) {
    return problemOf(answer.verdict);
}

const mail::Verdict& verdictOf(const mail::Verdict& verdict) {
    return verdict;
}
const mail::Verdict& verdictOf(const mail::MessageVerdict& answer) {
    return answer.verdict;
}
const mail::Verdict& verdictOf(const plugin::Admission& answer) {
    return answer.verdict;
}

/// The verdict as the answer to any of the calls.
template <class Answer>
Answer answerOf(mail::Verdict verdict) {
    if constexpr (std::is_same_v<Answer, mail::Verdict>) {
        return verdict;
    } else {
        Answer answer;
        answer.verdict = std::move(verdict);
        return answer;
    }
}

}  // namespace

HookLimits HookLimits::from(const plugin::Settings& settings, std::chrono::seconds usual) {
    HookLimits limits;
    limits.timeout = settings.duration("timeout", usual);
    const std::string word = settings.text("on_error", "defer");
    if (word != "defer" && word != "accept") {
        throw settings.error("on_error",
                             "is '" + text::printable(word, 100) + "', expected defer or accept");
    }
    limits.onError = word == "accept" ? OnError::Accept : OnError::Defer;
    return limits;
}

HookInstance::HookInstance(std::string name, std::unique_ptr<plugin::Hook> hook, HookLimits limits,
                           const plugin::Host& host)
    : name_(std::move(name)),
      hook_(std::move(hook)),
      limits_(limits),
      clock_(host.clock),
      log_(host.log),
      faults_(host.metrics.counter("postrider_hook_faults",
                                   "Answers of a hook that were no answers", {"hook", name_})),
      overrunCount_(host.metrics.counter("postrider_hook_overruns",
                                         "Calls of a hook that took longer than its timeout",
                                         {"hook", name_})) {}

plugin::Admission HookInstance::onConnect(const HookCall& call) {
    return guarded<plugin::Admission>(call, [&] { return hook_->onConnect(call.facts); });
}

mail::Verdict HookInstance::ask(const HookCall& call,
                                const std::function<mail::Verdict()>& question) {
    return guarded<mail::Verdict>(call, question);
}

mail::MessageVerdict HookInstance::askMessage(
    const HookCall& call, const std::function<mail::MessageVerdict()>& question) {
    return guarded<mail::MessageVerdict>(call, question);
}

void HookInstance::tell(plugin::HookSession& session, const plugin::Report& report) {
    if (bypassed()) return;
    const SteadyTime begin = clock_.steady();
    try {
        session.report(report);
    } catch (const std::exception& error) {
        noteFault("report", "", error.what());
    } catch (...) {
        noteFault("report", "", "it threw something that is no std::exception");
    }
    noteTime("report", "", begin);
}

bool HookInstance::bypassed() const noexcept {
    return overruns_.load() >= mostOverruns;
}

template <class Answer>
Answer HookInstance::guarded(const HookCall& call, const std::function<Answer()>& question) {
    if (bypassed()) {
        record(call, "failed", "not called any more: it was late three times");
        return answerOf<Answer>(errorVerdict());
    }
    const SteadyTime begin = clock_.steady();
    std::optional<Answer> answer;
    std::string problem;
    try {
        answer = question();
        problem = problemOf(*answer);
    } catch (const std::exception& error) {
        problem = error.what();
    } catch (...) {
        problem = "it threw something that is no std::exception";
    }
    noteTime(call.name, call.facts.id, begin);
    if (problem.empty()) {
        recordVerdict(call, verdictOf(*answer));
        return std::move(*answer);
    }
    noteFault(call.name, call.facts.id, problem);
    record(call, "failed", problem);
    return answerOf<Answer>(errorVerdict());
}

mail::Verdict HookInstance::errorVerdict() const {
    if (limits_.onError == OnError::Accept) return mail::Proceed{};
    return mail::Refuse{mail::Reply{451, mail::EnhancedStatus{4, 3, 0},
                                    "A check could not be made, please try again later"}};
}

void HookInstance::noteTime(std::string_view call, const std::string& session, SteadyTime begin) {
    const auto taken = clock_.steady() - begin;
    if (taken <= limits_.timeout + grace) return;
    overrunCount_.add();
    const unsigned count = ++overruns_;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(taken).count();
    log_.warning("hook-late", {{"session", session},
                               {"hook", name_},
                               {"call", std::string{call}},
                               {"took_ms", std::to_string(ms)},
                               {"times", std::to_string(count)}});
    if (count != mostOverruns) return;
    log_.error("hook-bypassed",
               {{"hook", name_},
                {"on_error", limits_.onError == OnError::Accept ? "accept" : "defer"},
                {"reason", "late three times; not called any more until a reload or restart"}});
}

void HookInstance::noteFault(std::string_view call, const std::string& session,
                             const std::string& reason) {
    faults_.add();
    log_.warning(
        "hook-fault",
        {{"session", session}, {"hook", name_}, {"call", std::string{call}}, {"reason", reason}});
}

void HookInstance::record(const HookCall& call, std::string outcome, std::string reason) const {
    journal::Decision decision;
    decision.step = journal::Step::Hook;
    decision.outcome = std::move(outcome);
    decision.sessionId = call.facts.id;
    decision.clientIp = call.facts.client.ip.toString();
    decision.address = call.address;
    decision.reason = name_ + ": " + std::move(reason);
    decision.inputs = {{"hook", name_}, {"call", std::string{call.name}}};
    call.journal.record(std::move(decision));
}

void HookInstance::recordVerdict(const HookCall& call, const mail::Verdict& verdict) const {
    const auto said = [](const std::string& reason, const mail::Reply& reply) {
        return reason.empty() ? reply.toString() : reason;
    };
    if (const auto* refuse = std::get_if<mail::Refuse>(&verdict)) {
        record(call, "refused", said(refuse->reason, refuse->reply));
    } else if (const auto* disconnect = std::get_if<mail::Disconnect>(&verdict)) {
        record(call, "refused", said(disconnect->reason, disconnect->reply));
    } else if (const auto* discard = std::get_if<mail::Discard>(&verdict)) {
        record(call, "discarded", discard->reason);
    }
}

}  // namespace postrider::pluginhost
