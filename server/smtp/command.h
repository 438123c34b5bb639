#pragma once

#include "common/base/result.h"
#include "common/mail/ehlo_name.h"
#include "common/mail/parameters.h"
#include "common/mail/path.h"
#include "common/mail/reply.h"
#include "server/smtp/state_table.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace postrider::smtp {

/// What a command line says, once it is understood. Each type names its verb for the state table.
namespace command {

struct Helo {
    static constexpr auto verb = Verb::Helo;
    mail::EhloName name;
};
struct Ehlo {
    static constexpr auto verb = Verb::Ehlo;
    mail::EhloName name;
};
struct StartTls {
    static constexpr auto verb = Verb::StartTls;
};
/// Views into the line, so that a secret is not copied: good for the call that handles the line.
struct Auth {
    static constexpr auto verb = Verb::Auth;
    std::string_view mechanism;
    std::optional<std::string_view> initialResponse;  ///< base64 or "=" (RFC 4954 section 4)
};
struct Mail {
    static constexpr auto verb = Verb::Mail;
    mail::ReversePath path;
    mail::MailParameters parameters;
    bool asciiPath = true;  ///< as it was written: U-labels count too (RFC 6531 section 3.4)
};
struct Rcpt {
    static constexpr auto verb = Verb::Rcpt;
    mail::ForwardPath path;
    mail::RcptParameters parameters;
    bool asciiArgument = true;  ///< the path and ORCPT as they were written (RFC 6533 section 3)
};
struct Data {
    static constexpr auto verb = Verb::Data;
};
struct Bdat {
    static constexpr auto verb = Verb::Bdat;
    std::uint64_t size = 0;  ///< octets behind this line
    bool last = false;
};
/// A BDAT that is not understood: where the octets behind it end, nobody can tell.
struct LostChunk {
    static constexpr auto verb = Verb::LostChunk;
};
struct Rset {
    static constexpr auto verb = Verb::Rset;
};
struct Noop {
    static constexpr auto verb = Verb::Noop;
};
struct Vrfy {
    static constexpr auto verb = Verb::Vrfy;
};
struct Expn {
    static constexpr auto verb = Verb::Expn;
};
struct Help {
    static constexpr auto verb = Verb::Help;
};
struct Quit {
    static constexpr auto verb = Verb::Quit;
};
/// Another protocol's first words, or an HTTP header line: a browser or another client was tricked
/// into speaking to us, or came to the wrong port.
struct Foreign {
    static constexpr auto verb = Verb::Foreign;
};

}  // namespace command

using Command = std::variant<command::Helo, command::Ehlo, command::StartTls, command::Auth,
                             command::Mail, command::Rcpt, command::Data, command::Bdat,
                             command::LostChunk, command::Rset, command::Noop, command::Vrfy,
                             command::Expn, command::Help, command::Quit, command::Foreign>;

/// Understands one command line without its CRLF, or says with which reply it is refused
/// (RFC 5321 section 4.1.1). Knows nothing of the session: order and policy are decided there.
///
/// Verbs and keywords in any case; spaces at the end and after `FROM:`/`TO:` are forgiven; control
/// characters nowhere. Linear time, any input.
Result<Command, mail::Reply> parseCommand(std::string_view line);

}  // namespace postrider::smtp
