#pragma once

#include "common/mail/message_view.h"
#include "common/mail/session_facts.h"
#include "common/mail/verdict.h"
#include "common/plugin/host.h"
#include "common/plugin/settings.h"

#include <chrono>
#include <memory>
#include <string>

namespace postrider::plugin {
inline namespace v1 {

/// What became of a session or message; told, not asked.
struct Report {
    enum class What { Reset, Queued, Refused, Disconnected };
    What what = What::Reset;
    std::string text;  ///< the queue id, or the reply
};

/// One per SMTP session, called by one thread at a time. ask = may change the course; report = only
/// hears.
class HookSession {
public:
    virtual ~HookSession() = default;
    virtual mail::Verdict onEhlo(const mail::SessionFacts& /*facts*/) { return mail::Proceed{}; }
    virtual mail::Verdict onMail(const mail::SessionFacts& /*facts*/,
                                 const mail::ReversePath& /*path*/,
                                 const mail::MailParameters& /*parameters*/) {
        return mail::Proceed{};
    }
    virtual mail::Verdict onRcpt(const mail::SessionFacts& /*facts*/,
                                 const mail::ForwardPath& /*path*/,
                                 const mail::RcptParameters& /*parameters*/) {
        return mail::Proceed{};
    }
    virtual mail::MessageVerdict onMessage(const mail::MessageView& /*message*/) { return {}; }
    /// Never blocks.
    virtual void report(const Report& /*report*/) {}
};

struct Admission {
    mail::Verdict verdict = mail::Proceed{};
    std::unique_ptr<HookSession> session;  ///< null: not interested in the rest
};

/// One instance serves many sessions at once.
class Hook {
public:
    virtual ~Hook() = default;
    virtual Admission onConnect(const mail::SessionFacts& facts) = 0;
};

/// Listed in the library's descriptor (POSTRIDER_PLUGIN). create() throws ConfigError, nothing
/// else.
class HookFactory {
public:
    virtual ~HookFactory() = default;
    /// What hook.NAME.timeout is when the configuration does not say. A hook that can end its work
    /// early reads the same option, with this fallback.
    [[nodiscard]] virtual std::chrono::seconds usualTimeout() const {
        return std::chrono::seconds{30};
    }
    [[nodiscard]] virtual std::unique_ptr<Hook> create(const Settings& settings,
                                                       const Host& host) const = 0;
};

}  // namespace v1
}  // namespace postrider::plugin
