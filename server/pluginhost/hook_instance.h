#pragma once

#include "common/base/clock.h"
#include "common/plugin/hook.h"
#include "common/plugin/host.h"
#include "server/journal/journal.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace postrider::pluginhost {

/// What happens when a hook cannot be asked: 451 4.3.0, or as if it had agreed.
enum class OnError { Defer, Accept };

/// The options that every hook has, read by the host.
struct HookLimits {
    std::chrono::seconds timeout{30};  ///< hook.NAME.timeout
    OnError onError = OnError::Defer;  ///< hook.NAME.on_error = defer | accept

    /// `usual`: the timeout when the settings name none. Throws ConfigError.
    static HookLimits from(const plugin::Settings& settings, std::chrono::seconds usual);
};

/// One question to a hook: what is asked, in which session, about whom, and who writes it down.
struct HookCall {
    std::string_view name;  ///< "connect", "ehlo", "mail", "rcpt", "message"
    const mail::SessionFacts& facts;
    std::string address;  ///< the mailbox it is about, or empty
    journal::Journal& journal;
};

/// One configured hook, and what is done when it misbehaves. Thread-safe.
///
/// A call that throws or answers with a reply that is no refusal counts as an error: on_error
/// decides. Hooks end their own work at the timeout; a call that takes clearly longer (by five
/// seconds) is logged and counted, its answer is used. Code in our process cannot be stopped, so
/// after three of these the hook is not called any more until a reload or restart, and on_error
/// decides for it. Every error, and every answer but Proceed, is written to the journal.
class HookInstance {
public:
    HookInstance(std::string name, std::unique_ptr<plugin::Hook> hook, HookLimits limits,
                 const plugin::Host& host);

    /// The calls of plugin::Hook and plugin::HookSession, guarded. They throw nothing.
    plugin::Admission onConnect(const HookCall& call);
    mail::Verdict ask(const HookCall& call, const std::function<mail::Verdict()>& question);
    mail::MessageVerdict askMessage(const HookCall& call,
                                    const std::function<mail::MessageVerdict()>& question);
    void tell(plugin::HookSession& session, const plugin::Report& report);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] bool bypassed() const noexcept;

private:
    template <class Answer>
    Answer guarded(const HookCall& call, const std::function<Answer()>& question);
    [[nodiscard]] mail::Verdict errorVerdict() const;
    void noteTime(std::string_view call, const std::string& session, SteadyTime begin);
    void noteFault(std::string_view call, const std::string& session, const std::string& reason);
    void record(const HookCall& call, std::string outcome, std::string reason) const;
    void recordVerdict(const HookCall& call, const mail::Verdict& verdict) const;

    std::string name_;
    std::unique_ptr<plugin::Hook> hook_;
    HookLimits limits_;
    Clock& clock_;
    Log& log_;
    Counter& faults_;
    Counter& overrunCount_;
    std::atomic<unsigned> overruns_{0};
};

}  // namespace postrider::pluginhost
