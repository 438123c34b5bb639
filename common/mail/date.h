#pragma once

#include "common/base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider::mail {

/// RFC 5322 section 3.3, always UTC: "Sat, 21 Nov 2026 12:00:00 +0000".
[[nodiscard]] std::string formatDate(WallTime time);
/// RFC 3339 for logs and pages: "2026-11-21T12:00:00Z".
[[nodiscard]] std::string formatIsoTime(WallTime time);
/// RFC 3339 section 5.6 date-time, any offset, fractions of a second dropped. Nothing for what is
/// no date of the calendar or lies outside the years 1970 to 2261.
[[nodiscard]] std::optional<WallTime> parseIsoTime(std::string_view text);

}  // namespace postrider::mail
