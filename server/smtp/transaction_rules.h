#pragma once

#include "common/mail/reply.h"
#include "common/mail/session_facts.h"
#include "server/smtp/command.h"
#include "server/smtp/session_options.h"
#include "server/smtp/transaction.h"

#include <optional>

/// What MAIL and RCPT must keep to before anybody is asked about their addresses. README.md has the
/// order of the checks.
namespace postrider::smtp {

/// Why a rule refuses a command.
struct Refusal {
    enum class Kind {
        Mistake,  ///< against the protocol: counts against maxErrors
        Policy,   ///< a well-formed wish that is not granted
    };
    Kind kind = Kind::Policy;
    mail::Reply reply;
};

/// Nothing: MAIL may go on.
[[nodiscard]] std::optional<Refusal> refuseSender(const command::Mail& mail,
                                                  const SessionOptions& options,
                                                  const mail::SessionFacts& facts);
/// Nothing: the directory may be asked.
[[nodiscard]] std::optional<Refusal> refuseRecipient(const command::Rcpt& rcpt,
                                                     const Transaction& transaction,
                                                     const SessionOptions& options,
                                                     const mail::SessionFacts& facts);

}  // namespace postrider::smtp
