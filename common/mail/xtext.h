#pragma once

#include <optional>
#include <string>
#include <string_view>

/// How DSN parameters are written inside a command line.
namespace postrider::mail {

/// RFC 3461 section 4: `+2B` stands for `+`; hexadecimal digits of either case are understood.
/// Octets beyond ASCII stay as they are, because RFC 6533 section 3 lets one address type have
/// them; whoever may not take them says so. Nothing when a `+`, a blank or a control is out of
/// place.
[[nodiscard]] std::optional<std::string> decodeXtext(std::string_view xtext);
/// What may not stand for itself as `+` and two capital digits.
[[nodiscard]] std::string encodeXtext(std::string_view text);

/// `\x{F6}` to the UTF-8 of that code point (RFC 6533 section 3, EmbeddedUnicodeChar); the rest
/// must be UTF-8 already. Nothing for anything else behind a backslash.
[[nodiscard]] std::optional<std::string> decodeUnicodeEscapes(std::string_view text);
/// UTF-8 as ASCII that decodeUnicodeEscapes() understands (utf-8-addr-xtext). `address`: valid
/// UTF-8.
[[nodiscard]] std::string encodeUnicodeEscapes(std::string_view address);

}  // namespace postrider::mail
