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

HookLimits HookLimits::from(const plugin::Settings& settings) {
    HookLimits limits;
    limits.timeout = settings.duration("timeout", limits.timeout);
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

plugin::Admission HookInstance::onConnect(const mail::SessionFacts& facts) {
    return guarded<plugin::Admission>("connect", facts.id, [&] { return hook_->onConnect(facts); });
}

mail::Verdict HookInstance::ask(std::string_view call, const mail::SessionFacts& facts,
                                const std::function<mail::Verdict()>& question) {
    return guarded<mail::Verdict>(call, facts.id, question);
}

mail::MessageVerdict HookInstance::askMessage(
    const mail::SessionFacts& facts, const std::function<mail::MessageVerdict()>& question) {
    return guarded<mail::MessageVerdict>("message", facts.id, question);
}

void HookInstance::tell(plugin::HookSession& session, const plugin::Report& report) {
    if (bypassed()) return;
    const SteadyTime begin = clock_.steady();
    try {
        session.report(report);
    } catch (const std::exception& error) {
        noteFault("report", "", std::string{"it threw: "} + error.what());
    } catch (...) {
        noteFault("report", "", "it threw something that is no std::exception");
    }
    noteTime("report", "", begin);
}

bool HookInstance::bypassed() const noexcept {
    return overruns_.load() >= mostOverruns;
}

template <class Answer>
Answer HookInstance::guarded(std::string_view call, const std::string& session,
                             const std::function<Answer()>& question) {
    if (bypassed()) return answerOf<Answer>(errorVerdict());
    const SteadyTime begin = clock_.steady();
    std::optional<Answer> answer;
    std::string problem;
    try {
        answer = question();
        problem = problemOf(*answer);
    } catch (const std::exception& error) {
        problem = std::string{"it threw: "} + error.what();
    } catch (...) {
        problem = "it threw something that is no std::exception";
    }
    noteTime(call, session, begin);
    if (problem.empty()) return std::move(*answer);
    noteFault(call, session, problem);
    return answerOf<Answer>(errorVerdict());
}

mail::Verdict HookInstance::errorVerdict() const {
    if (limits_.onError == OnError::Accept) return mail::Proceed{};
    return mail::Refuse{mail::Reply{451, mail::EnhancedStatus{4, 3, 0},
                                    "A check could not be made, please try again later"}};
}

void HookInstance::noteTime(std::string_view call, const std::string& session, SteadyTime begin) {
    const auto taken = clock_.steady() - begin;
    if (taken <= limits_.timeout) return;
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
                {"reason", "late three times; not called any more until a restart"}});
}

void HookInstance::noteFault(std::string_view call, const std::string& session,
                             const std::string& reason) {
    faults_.add();
    log_.warning(
        "hook-fault",
        {{"session", session}, {"hook", name_}, {"call", std::string{call}}, {"reason", reason}});
}

}  // namespace postrider::pluginhost
