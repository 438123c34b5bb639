#pragma once

#include "common/mail/message_view.h"
#include "common/net/peer_address.h"
#include "common/plugin/hook.h"
#include "plugins/hooks/rspamd/rspamd_answer.h"

#include <chrono>
#include <memory>
#include <string>

namespace postrider::hooks {

/// Where rspamd's normal worker is, and what it is asked with.
struct RspamdOptions {
    net::PeerAddress server;
    std::string host;      ///< of the URL, as the Host field has it
    std::string target;    ///< of the URL
    std::string password;  ///< empty: none is needed
    bool spamField = true;
    std::chrono::milliseconds patience;
};

/// Asks rspamd about every message, over a connection of its own. What is no answer is an
/// exception: the host does what on_error says. Thread-safe.
class RspamdHook final : public plugin::Hook {
public:
    RspamdHook(RspamdOptions options, const plugin::Host& host)
        : options_(std::move(options)), host_(host) {}

    plugin::Admission onConnect(const mail::SessionFacts& facts) override;

    /// Throws std::runtime_error.
    [[nodiscard]] mail::MessageVerdict check(const mail::MessageView& message) const;

private:
    [[nodiscard]] Result<RspamdAnswer, std::string> ask(const mail::MessageView& message) const;

    const RspamdOptions options_;
    const plugin::Host host_;
};

class RspamdFactory final : public plugin::HookFactory {
public:
    [[nodiscard]] std::unique_ptr<plugin::Hook> create(const plugin::Settings& settings,
                                                       const plugin::Host& host) const override;
};

}  // namespace postrider::hooks
