#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider::dsn {

/// What may stand in a report.
enum class Charset { Ascii, Utf8 };

/// One line without controls, at most `limit` octets; what the charset does not hold becomes '?'.
[[nodiscard]] std::string safeText(std::string_view text, std::size_t limit, Charset charset);

}  // namespace postrider::dsn
