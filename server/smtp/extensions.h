#pragma once

#include "common/mail/session_facts.h"
#include "server/smtp/ports.h"
#include "server/smtp/session_options.h"

#include <string>
#include <vector>

namespace postrider::smtp {

/// Whether STARTTLS may be used now (RFC 3207 section 4.2: never inside TLS).
[[nodiscard]] bool offersStartTls(const SessionOptions& options, const mail::SessionFacts& facts);

/// The EHLO keywords, with their parameters, that hold at this moment (RFC 5321 section 4.1.1.1).
/// AUTH only inside TLS and until it succeeded; SMTPUTF8 never without 8BITMIME (RFC 6531
/// section 3.1).
[[nodiscard]] std::vector<std::string> extensions(const SessionOptions& options,
                                                  const mail::SessionFacts& facts,
                                                  const Authenticator& authenticator);

}  // namespace postrider::smtp
