#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "common/mail/header.h"
#include "common/mail/message_view.h"
#include "common/mail/session_facts.h"
#include "common/mail/verdict.h"
#include "plugins/hooks/milter/answer.h"
#include "plugins/hooks/milter/macros.h"
#include "plugins/hooks/milter/modifications.h"
#include "plugins/hooks/milter/negotiation.h"
#include "plugins/hooks/milter/packet_channel.h"

#include <memory>
#include <optional>
#include <string>

namespace postrider::hooks::milter {

/// One connection to a milter, for one SMTP session: the MTA's side of the protocol.
///
/// A string instead of a verdict says that the milter has failed (silence, nonsense, the end of the
/// connection); after one of these the conversation is over. Every call ends at its deadline. One
/// thread.
class Conversation {
public:
    using Heard = Result<mail::Verdict, std::string>;

    /// Negotiates over a new connection.
    static Result<std::unique_ptr<Conversation>, std::string> open(
        std::unique_ptr<net::LineChannel> channel, const std::string& hostname, Deadline deadline);
    /// Says goodbye.
    ~Conversation();
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;
    Conversation(Conversation&&) = delete;
    Conversation& operator=(Conversation&&) = delete;

    /// The milter has hung up, though it had more to be asked. Of one that wants MAIL without an
    /// answer nothing else would tell.
    [[nodiscard]] bool isOver() const {
        return interest_ != Interest::NotThisSession && channel_.peerHasLeft();
    }

    Heard connect(const mail::SessionFacts& facts, Deadline deadline);
    Heard helo(const mail::SessionFacts& facts, Deadline deadline);
    Heard mail(const mail::SessionFacts& facts, const mail::ReversePath& path,
               const mail::MailParameters& parameters, Deadline deadline);
    Heard recipient(const mail::ForwardPath& path, const mail::RcptParameters& parameters,
                    Deadline deadline);
    /// DATA to the end of the body. Its edits are all that the milter asked for.
    Result<mail::MessageVerdict, std::string> message(const mail::MessageView& message,
                                                      Deadline deadline);

private:
    /// How one command is said: never, without an answer, or with one.
    struct Manner {
        Command command{};
        std::uint32_t never = 0;
        std::uint32_t silent = 0;
        std::optional<Stage> stage{};
    };
    /// Who is done with what.
    enum class Interest { Asks, NotThisMessage, NotThisSession };

    Conversation(PacketChannel channel, Agreement agreement, const std::string& hostname);

    Heard say(const Manner& manner, std::string_view data);
    Result<Done, std::string> send(const Manner& manner, std::string_view data);
    Heard hear(Command command);
    Heard meaningOf(const Answer& answer, Command command);
    Result<Answer, std::string> receive();
    Result<Done, std::string> leaveMessage();

    Heard sayHeader(const mail::HeaderSection& header);
    Heard sayBody(const mail::MessageContent& content, std::size_t headerSize);
    Result<mail::MessageVerdict, std::string> endMessage();
    [[nodiscard]] bool wantsMore(const Heard& heard) const;

    PacketChannel channel_;
    Agreement agreement_;
    Macros macros_;
    Interest interest_ = Interest::Asks;
    bool inMessage_ = false;  ///< since MAIL
    bool skipsBody_ = false;
    bool broken_ = false;
};

}  // namespace postrider::hooks::milter
