#pragma once

#include "common/base/result.h"
#include "common/mail/ehlo_name.h"
#include "common/mail/parameters.h"
#include "common/mail/path.h"
#include "common/mail/reply.h"
#include "server/smtp/state_table.h"

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
    bool asciiPath = true;
};
struct Data {
    static constexpr auto verb = Verb::Data;
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
/// An HTTP request or header line: a browser was tricked into speaking to us.
struct Foreign {
    static constexpr auto verb = Verb::Foreign;
};

}  // namespace command

using Command =
    std::variant<command::Helo, command::Ehlo, command::StartTls, command::Auth, command::Mail,
                 command::Rcpt, command::Data, command::Rset, command::Noop, command::Vrfy,
                 command::Expn, command::Help, command::Quit, command::Foreign>;

/// Understands one command line without its CRLF, or says with which reply it is refused
/// (RFC 5321 section 4.1.1). Knows nothing of the session: order and policy are decided there.
///
/// Verbs and keywords in any case; spaces at the end and after `FROM:`/`TO:` are forgiven; control
/// characters nowhere. Linear time, any input.
Result<Command, mail::Reply> parseCommand(std::string_view line);

}  // namespace postrider::smtp
