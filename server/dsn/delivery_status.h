#pragma once

#include "server/dsn/reported_recipient.h"
#include "server/dsn/safe_text.h"

#include <string>
#include <string_view>
#include <vector>

namespace postrider::dsn {

/// The part for machines: one block of fields for the message, one for each recipient (RFC 3464
/// sections 2.2, 2.3; with UTF-8 addresses RFC 6533 section 3). Folded, CRLF-ended; no text of a
/// stranger can add a field.
[[nodiscard]] std::string composeDeliveryStatus(const ReportedMessage& message,
                                                const std::vector<ReportedRecipient>& recipients,
                                                std::string_view hostname, Charset charset);

/// The status to report: of the class that goes with the action (RFC 3464 section 2.3.4). For what
/// was given up: the last problem's as a permanent one, or 5.4.7, delivery time expired, when that
/// said nothing.
[[nodiscard]] mail::EnhancedStatus reportedStatus(const ReportedRecipient& recipient);

}  // namespace postrider::dsn
