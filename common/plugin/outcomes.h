#pragma once

#include "common/mail/enhanced_status.h"
#include "common/mail/reply.h"
#include "common/plugin/courier.h"

#include <string>
#include <string_view>

namespace postrider::plugin {
inline namespace v1 {

/// Decided by the first digit of the code (RFC 5321 section 4.2.1): 2 delivered, 5 permanent,
/// everything else is tried later. The enhanced status is the peer's where its class fits (RFC
/// 2034), else class.0.0.
[[nodiscard]] DeliveryOutcome outcomeOf(const mail::Reply& reply, std::string remoteMta);

/// Outcomes decided here, not by a peer. `diagnostic` is made one printable line of at most 500
/// octets.
[[nodiscard]] DeliveryOutcome delivered(std::string_view diagnostic);
[[nodiscard]] DeliveryOutcome transient(mail::EnhancedStatus status, std::string_view diagnostic);
[[nodiscard]] DeliveryOutcome permanent(mail::EnhancedStatus status, std::string_view diagnostic);

/// 2, 4 or 5: the class a status must have beside this disposition.
[[nodiscard]] int statusClass(Disposition disposition);

}  // namespace v1
}  // namespace postrider::plugin
