#pragma once

#include "common/mail/path.h"
#include "common/mail/reply.h"
#include "common/mail/session_facts.h"
#include "server/smtp/ports.h"

#include <optional>

namespace postrider::smtp {

/// What an authenticated client hears that gives a reverse-path which is not its user's to use;
/// nothing when it may. The null reverse-path is everybody's: automatic answers need it (RFC 3834
/// section 3.3). So is every one where nobody has authenticated.
[[nodiscard]] std::optional<mail::Reply> objectionToOriginator(Directory& directory,
                                                               const mail::SessionFacts& facts,
                                                               const mail::ReversePath& path);

}  // namespace postrider::smtp
