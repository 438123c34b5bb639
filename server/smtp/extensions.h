#pragma once

#include "common/mail/session_facts.h"
#include "server/smtp/ports.h"
#include "server/smtp/session_options.h"

#include <string>
#include <vector>

namespace postrider::smtp {

/// Whether STARTTLS may be used now (RFC 3207 section 4.2: never inside TLS).
[[nodiscard]] bool offersStartTls(const SessionOptions& options, const mail::SessionFacts& facts);

/// Whether HOLDFOR and HOLDUNTIL are understood (RFC 4865 section 3: submission only). Shown before
/// AUTH already, because no client asks EHLO again behind it, and MAIL needs the login anyway.
[[nodiscard]] bool offersFutureRelease(const SessionOptions& options,
                                       const mail::SessionFacts& facts);

/// The EHLO keywords, with their parameters, that hold at this moment (RFC 5321 section 4.1.1.1).
/// AUTH only inside TLS and until it succeeded; REQUIRETLS only inside TLS (RFC 8689 section 2);
/// SMTPUTF8 never without 8BITMIME (RFC 6531 section 3.1), BINARYMIME never without CHUNKING
/// (RFC 3030 section 3). LIMITS (RFC 9422) names what holds in every case, and nothing else.
[[nodiscard]] std::vector<std::string> extensions(const SessionOptions& options,
                                                  const mail::SessionFacts& facts,
                                                  const Authenticator& authenticator);

}  // namespace postrider::smtp
