#pragma once

#include "common/mail/session_facts.h"

namespace postrider::smtp {

/// Whether mail from this client may go on to domains that are not ours. No other place decides it:
/// who is let through here by mistake makes the server an open relay.
[[nodiscard]] bool mayRelay(const mail::SessionFacts& client);

}  // namespace postrider::smtp
