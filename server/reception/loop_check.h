#pragma once

#include "common/mail/header.h"
#include "server/queue/queued_message.h"
#include "server/reception/refusal.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace postrider::reception {

/// RFC 5321 section 6.3 wants a large limit, "normally at least 100".
inline constexpr std::size_t maxReceived = 100;
/// How often a message may have passed here before. Lists and forwards that lead back make two or
/// three passages; a loop makes any number, two fields each time where only two servers take part.
inline constexpr std::size_t maxOwnReceived = 10;
/// How often it may have been delivered to a mailbox that it is to be delivered to again. One
/// return is let through: somebody who has a copy sent elsewhere, and gets it back from there. The
/// second return is a loop.
inline constexpr std::size_t maxDeliveries = 1;

/// A message that went through too many servers, or through this one too often, is going in
/// circles.
[[nodiscard]] MayGoOn checkLoop(const mail::HeaderSection& header, std::string_view hostname);

/// The same by Delivered-To fields, which final delivery writes, and by the mailboxes that aliases
/// have led to.
[[nodiscard]] MayGoOn checkDeliveries(const mail::HeaderSection& header,
                                      const std::vector<queue::NewRecipient>& recipients);

}  // namespace postrider::reception
