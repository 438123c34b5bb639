#pragma once

#include "common/base/deadline.h"
#include "common/base/ip_address.h"
#include "common/mail/session_facts.h"
#include "common/net/line_channel.h"
#include "server/journal/journal.h"
#include "server/net/chunk_intake.h"
#include "server/net/connection_registry.h"
#include "server/net/session_services.h"
#include "server/smtp/session.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::net {

/// Carries one dialogue between a channel and a smtp::Session, in which there is no socket and no
/// clock: reads what the session wants next under the deadlines, sends what it says, runs TLS,
/// takes content in, tells the mail log. One thread.
class SessionPump {
public:
    /// All lent for the pump's lifetime. `leavePlace` is called before the last reply leaves.
    struct Parts {
        LineChannel& channel;
        ConnectionRegistry::Entry& entry;
        const SessionServices& services;
        const ConnectionOptions& options;
        std::function<void()> leavePlace;
        std::optional<IpAddress> ownIp = std::nullopt;  ///< that the client has connected to
    };

    SessionPump(Parts parts, mail::SessionFacts facts);

    /// From the greeting to the end; why it ended, in words for the log. The channel is flushed but
    /// not closed. Throws what the session's ports throw.
    std::string run();
    /// The last words of a session that an exception ended. Never throws.
    void apologise() noexcept;

    [[nodiscard]] const mail::SessionFacts& facts() const noexcept {
        return session_ ? session_->facts() : facts_;
    }
    [[nodiscard]] unsigned messages() const noexcept { return messages_; }

private:
    /// What the last step was an answer to: the journal's step and the address it was about.
    struct Subject {
        journal::Step step = journal::Step::Connect;
        std::string address;
    };

    smtp::Step begin();
    /// The next step, or nothing when the dialogue is over; then reason_ says why.
    std::optional<smtp::Step> advance(const smtp::Step& step);
    std::optional<smtp::Step> readCommand();
    std::optional<smtp::Step> readSecret();
    std::optional<smtp::Step> readContent();
    std::optional<smtp::Step> readChunk(const smtp::Chunk& chunk);
    std::optional<smtp::Step> skipChunk(const smtp::Chunk& chunk);
    std::optional<smtp::Step> startTls();
    std::optional<smtp::Step> afterError(ChannelError error);
    bool shakeHands();
    Result<std::string_view, ChannelError> awaitClient();
    [[nodiscard]] std::unique_ptr<queue::SpoolWriter> newSpoolWriter() const;
    void countMessage();
    void listenBeforeGreeting();

    bool say(const smtp::Step& step);
    void report(const smtp::Step& step);
    void learnFacts();
    void remark(std::string_view reason);
    void waitAtMost(std::chrono::milliseconds time);
    static Subject subjectOf(std::string_view line);
    std::nullopt_t end(std::string reason);

    Parts parts_;
    const SessionTimeouts& timeouts_;
    Deadline end_;
    std::shared_ptr<TlsServer>
        tls_;  ///< owners: the app, until a reload, and the sessions that began with it
    smtp::SessionOptions options_;
    std::unique_ptr<smtp::Gatekeeper> gatekeeper_;
    mail::SessionFacts facts_;
    std::optional<smtp::Session> session_;
    std::unique_ptr<ChunkIntake> chunks_;  ///< while a message comes in chunks
    Subject subject_;
    unsigned messages_ = 0;
    std::string reason_;
};

}  // namespace postrider::net
