#pragma once

#include "common/base/clock.h"

#include <string>

namespace postrider::mail {

/// RFC 5322 section 3.3, always UTC: "Sat, 21 Nov 2026 12:00:00 +0000".
[[nodiscard]] std::string formatDate(WallTime time);
/// RFC 3339 for logs and pages: "2026-11-21T12:00:00Z".
[[nodiscard]] std::string formatIsoTime(WallTime time);

}  // namespace postrider::mail
