#pragma once

#include "common/mail/header.h"
#include "server/reception/refusal.h"

namespace postrider::reception {

/// RFC 5321 section 6.3 wants a large limit, "normally at least 100".
inline constexpr std::size_t maxReceived = 100;

/// A message that went through too many servers is going in circles.
[[nodiscard]] MayGoOn checkLoop(const mail::HeaderSection& header);

}  // namespace postrider::reception
