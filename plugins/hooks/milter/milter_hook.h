#pragma once

#include "common/base/deadline.h"
#include "common/net/peer_address.h"
#include "common/plugin/hook.h"
#include "plugins/hooks/milter/conversation.h"

#include <chrono>
#include <memory>
#include <string>

namespace postrider::hooks {

/// Where a milter is, and how long it may take for one answer.
struct MilterOptions {
    net::PeerAddress socket;
    std::chrono::milliseconds patience;
};

/// What a milter says about one SMTP session. A connection is made at the beginning; when that
/// fails, or when it has been lost since, the next MAIL makes a new one and tells it what has been
/// said so far. Only a transaction whose milter fails is not checked: then the calls throw, and the
/// host does what on_error says.
class MilterSession final : public plugin::HookSession {
public:
    MilterSession(const MilterOptions& options, const plugin::Host& host)
        : options_(options), host_(host) {}

    mail::Verdict onConnect(const mail::SessionFacts& facts);
    mail::Verdict onEhlo(const mail::SessionFacts& facts) override;
    mail::Verdict onMail(const mail::SessionFacts& facts, const mail::ReversePath& path,
                         const mail::MailParameters& parameters) override;
    mail::Verdict onRcpt(const mail::SessionFacts& facts, const mail::ForwardPath& path,
                         const mail::RcptParameters& parameters) override;
    mail::MessageVerdict onMessage(const mail::MessageView& message) override;

private:
    using Heard = milter::Conversation::Heard;

    /// A new connection that knows what has been said so far.
    Heard begin(const mail::SessionFacts& facts, Deadline deadline);
    Heard mail(const mail::SessionFacts& facts, const mail::ReversePath& path,
               const mail::MailParameters& parameters, Deadline deadline);
    milter::Conversation& conversation() const;
    /// The value; after a failure there is no conversation any more, and it throws.
    template <class T>
    T orThrow(Result<T, std::string> heard);
    [[nodiscard]] Deadline deadline() const { return Deadline::after(options_.patience); }

    const MilterOptions& options_;
    const plugin::Host& host_;
    std::unique_ptr<milter::Conversation> conversation_;  ///< null: none, or it has failed
};

/// Asks a milter about every session. Thread-safe.
class MilterHook final : public plugin::Hook {
public:
    MilterHook(MilterOptions options, const plugin::Host& host)
        : options_(std::move(options)), host_(host) {}

    plugin::Admission onConnect(const mail::SessionFacts& facts) override;

private:
    const MilterOptions options_;
    const plugin::Host host_;
};

class MilterFactory final : public plugin::HookFactory {
public:
    [[nodiscard]] std::unique_ptr<plugin::Hook> create(const plugin::Settings& settings,
                                                       const plugin::Host& host) const override;
};

}  // namespace postrider::hooks
