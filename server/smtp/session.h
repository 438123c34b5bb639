#pragma once

#include "common/base/result.h"
#include "common/mail/content.h"
#include "common/mail/reply.h"
#include "common/mail/session_facts.h"
#include "server/smtp/ports.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::smtp {

/// What holds for every session of a listener. Immutable while a session uses it.
struct SessionOptions {
    std::string hostname;
    std::uint64_t maxMessageSize = 50ULL * 1024 * 1024;  ///< octets of decoded content
    std::size_t maxRecipients = 1000;   ///< per transaction; 452 4.5.3 beyond
    unsigned maxErrors = 10;            ///< protocol errors (never unknown recipients) before 421
    unsigned maxCommands = 10'000;      ///< per session, before 421
    unsigned maxUnknownRecipients = 100;  ///< per session, before 421: address harvesting
    bool tlsAvailable = true;           ///< a certificate is there
};

/// What the connection does next.
enum class Next {
    ReadLine,     ///< a command line: at most 2048 octets (RFC 5321 section 4.5.3.1.4 and extensions), then onLine
    ReadSecret,   ///< a line of an AUTH exchange: at most 12288 octets (RFC 4954 section 4), then onLine; never logged
    ReadContent,  ///< content up to the end mark, through DataDecoder, then onContent
    StartTls,     ///< send the reply, drop what is buffered, shake hands, then onTls
    Close,        ///< send the reply and close
};

struct Step {
    std::optional<mail::Reply> reply;
    Next next = Next::ReadLine;
};

/// Why content could not be taken in. In every case but BareLineEnd all of it was read.
enum class ContentFault {
    TooBig,       ///< 552 5.3.4
    BareLineEnd,  ///< a bare CR or LF, or NUL: 521 5.5.2 and close (SMTP smuggling)
    NoRoom,       ///< the disk is full: 452 4.3.1
    StorageError, ///< 451 4.3.0
};

/// One SMTP server dialogue (RFC 5321 section 3). Pure: no I/O, no clock; asks the world through Ports.
///
/// One thread at a time. greet() first; then what each Step's `next` says.
class Session {
public:
    Session(const SessionOptions& options, Ports ports, mail::SessionFacts facts);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Step greet();
    Step onLine(std::string_view line);  ///< without CRLF; may hold any octet but CR LF
    Step onLineTooLong();                ///< the line was over the limit and has been skipped: 500
    Step onBareLineEnd();                ///< a bare CR or LF in a command line: 500 and close
    Step onContent(Result<mail::MessageContent, ContentFault> content);  ///< after Next::ReadContent
    Step onTls(const mail::TlsFacts& facts);  ///< forgets everything said before (RFC 3207 section 4.2)
    Step shutDown();                     ///< at a command boundary: 421 4.3.2
    Step timedOut();                     ///< 421 4.4.2

    [[nodiscard]] const mail::SessionFacts& facts() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;  // replaced by plain members where they read better
};

}  // namespace postrider::smtp
