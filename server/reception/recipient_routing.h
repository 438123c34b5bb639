#pragma once

#include "common/base/result.h"
#include "common/mail/envelope.h"
#include "server/queue/queued_message.h"
#include "server/reception/refusal.h"
#include "server/routing/router.h"

#include <string>
#include <vector>

namespace postrider::reception {

/// Most (courier, next hop, mailbox) that one message may lead to after aliases.
inline constexpr std::size_t maxDestinations = 10'000;

struct RoutedRecipients {
    std::vector<queue::NewRecipient> recipients;  ///< each (final, courier, next hop) once
    /// Aliases of several addresses whose senders asked for SUCCESS.
    std::vector<mail::EnvelopeRecipient> expanded;
    std::vector<journal::Decision> decisions;  ///< aliases expanded and routes chosen, without ids
};

/// Routes each recipient of the envelope. A mailbox that several recipients lead to gets the
/// message once, with the parameters of the first.
///
/// ORCPT and NOTIFY go with the message to where an alias leads; but of one that leads to several
/// addresses the expansion is the success, and theirs is not reported any more (RFC 3461
/// section 5.2.7).
///
/// Names can vanish between RCPT and here. When others could be routed the answer is "later": the
/// client's next try is told at RCPT which one it is; a permanent refusal needs all of them to be
/// bad.
[[nodiscard]] Result<RoutedRecipients, Refusal> routeRecipients(const mail::Envelope& envelope,
                                                                const routing::Router& router);

}  // namespace postrider::reception
