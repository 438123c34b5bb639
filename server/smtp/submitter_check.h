#pragma once

#include "common/mail/reply.h"
#include "common/mail/session_facts.h"
#include "server/smtp/ports.h"

#include <optional>
#include <string>

namespace postrider::smtp {

/// Why an authenticated client may not begin a transaction now.
struct SubmitterObjection {
    mail::Reply reply;
    std::string reason;  ///< for journal and log
};

/// A session may last longer than its user's right to send: an account that was disabled, made
/// receive-only or removed after its login hears 550 5.7.13 (RFC 5248), and 451 while nobody can
/// tell. Nothing when the client may go on, and where nobody has authenticated. 454 and 535 are
/// answers to AUTH only (RFC 4954 section 6).
[[nodiscard]] std::optional<SubmitterObjection> objectionToSubmitter(
    Authenticator& authenticator, const mail::SessionFacts& facts);

}  // namespace postrider::smtp
