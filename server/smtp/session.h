#pragma once

#include "common/base/result.h"
#include "common/mail/content.h"
#include "common/mail/reply.h"
#include "common/mail/session_facts.h"
#include "server/smtp/auth_dialogue.h"
#include "server/smtp/chunk.h"
#include "server/smtp/command.h"
#include "server/smtp/content_fault.h"
#include "server/smtp/ports.h"
#include "server/smtp/session_options.h"
#include "server/smtp/transaction.h"
#include "server/smtp/transaction_rules.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::smtp {

/// What the connection does next.
enum class Next {
    ReadLine,  ///< a command line: at most 2048 octets (RFC 5321 section 4.5.3.1.4 and extensions),
               ///< then onLine
    ReadSecret,   ///< a line of an AUTH exchange: at most 12288 octets (RFC 4954 section 4), then
                  ///< onLine; never logged
    ReadContent,  ///< content up to the end mark, through DataDecoder, then onContent
    ReadChunk,  ///< `chunk.size` octets, through ChunkChecker; then onChunk or, if the chunk is the
                ///< last, onContent
    SkipChunk,  ///< send the reply, drop `chunk.size` octets, then as ReadLine
    StartTls,   ///< send the reply, drop what is buffered, shake hands, then onTls
    Close,      ///< send the reply and close
};

struct Step {
    std::optional<mail::Reply> reply;
    Next next = Next::ReadLine;
    /// After onContent: the queue has taken the message under this id, and its content with it.
    std::optional<mail::QueueId> queued = std::nullopt;
    std::string reason{};  ///< of a refusal, where a port told one; for log and journal only
    Chunk chunk{};         ///< for ReadChunk and SkipChunk
};

/// One SMTP server dialogue (RFC 5321 section 3). Pure: no I/O, no clock; asks the world through
/// Ports.
///
/// Each verb goes three steps: check (state_table, then the rules of this verb), filter
/// (Gatekeeper), proceed. One thread at a time. greet() first; then what each Step's `next` says. A
/// reply of 421 always closes. Throws what a port throws; the session is not to be used after that.
class Session {
public:
    /// `facts` hold the id, the client, the listener and, on a listener that begins with TLS, what
    /// was negotiated.
    Session(SessionOptions options, Ports ports, mail::SessionFacts facts);

    Step greet();
    Step onLine(std::string_view line);  ///< without CRLF; may hold any octet but CR LF
    Step onLineTooLong();                ///< the line was over the limit and has been skipped: 500
    Step onBareLineEnd();                ///< a bare CR or LF in a command line: 500 and close
    Step onContent(Result<mail::MessageContent, ContentFault>
                       content);  ///< after Next::ReadContent, and after the last chunk
    Step onChunk(Result<Done, ContentFault> chunk);  ///< after a chunk that is not the last
    Step onTls(
        const mail::TlsFacts& facts);  ///< forgets everything said before (RFC 3207 section 4.2)
    Step shutDown();                   ///< at a command boundary: 421 4.3.2
    Step timedOut();                   ///< 421 4.4.2

    [[nodiscard]] const mail::SessionFacts& facts() const noexcept { return facts_; }
    /// Chunks of a message have been asked for and the message is not complete. As soon as this is
    /// false, what came of it is to be thrown away.
    [[nodiscard]] bool isTakingChunks() const noexcept { return transaction_.isChunked(); }

private:
    Step on(const command::Helo& helo);
    Step on(const command::Ehlo& ehlo);
    Step on(const command::StartTls& startTls);
    Step on(const command::Auth& auth);
    Step on(const command::Mail& mail);
    Step on(const command::Rcpt& rcpt);
    Step on(const command::Data& data);
    Step on(const command::Bdat& bdat);
    Step on(const command::LostChunk& lost);
    Step on(const command::Rset& rset);
    Step on(const command::Noop& noop);
    Step on(const command::Vrfy& vrfy);
    Step on(const command::Expn& expn);
    Step on(const command::Help& help);
    Step on(const command::Quit& quit);
    Step on(const command::Foreign& foreign);

    [[nodiscard]] Phase phase() const;
    Step obey(const Command& command);

    // Nothing from these three means: go on.
    std::optional<Step> refuseHello();
    std::optional<Step> askDirectory(const mail::ForwardPath& path);
    std::optional<Step> objection(const mail::Verdict& verdict);

    /// Forgets what was said since MAIL, and tells the hooks so.
    void abandonTransaction();
    Step outOfOrder(const Command& command, Order order);
    Step refuseChunk(const command::Bdat& bdat, Step refusal);
    Step refuseContent(ContentFault fault);
    Step unknownRecipient();
    Step authStep(AuthDialogue::Progress progress);
    Step authenticated(AuthAnswer answer);
    Step authFailed(mail::Reply reply);
    Step hand(mail::MessageContent content);

    /// The only way out for a reply.
    Step say(mail::Reply reply, Next next = Next::ReadLine) const;
    /// A reply to a mistake in protocol; one too many ends the session.
    Step protocolError(mail::Reply reply);
    Step refuse(Refusal refusal);

    SessionOptions options_;  ///< of the listener; the user who logs in may have lower limits
    Ports ports_;
    mail::SessionFacts facts_;
    Transaction transaction_;
    std::unique_ptr<AuthDialogue> auth_;  ///< while an AUTH exchange goes on
    bool barred_ = false;
    bool discardAll_ = false;  ///< a hook wants nothing of this client to arrive
    unsigned commands_ = 0;
    unsigned errors_ = 0;
    unsigned unknownRecipients_ = 0;
    unsigned authFailures_ = 0;
};

}  // namespace postrider::smtp
