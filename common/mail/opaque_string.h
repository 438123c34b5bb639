#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider::mail {

/// A password in the form in which it is hashed and compared, so that what is typed on one keyboard
/// is the same octets as what is typed on another: PRECIS OpaqueString (RFC 8265 section 4.2).
/// Spaces of every kind become U+0020, the rest is brought to NFC; case and width stay. Plain ASCII
/// is returned as it is.
///
/// Nothing when the profile refuses it: empty, not UTF-8, or with controls or code points that are
/// not assigned. Any thread.
[[nodiscard]] std::optional<std::string> opaqueString(std::string_view password);

}  // namespace postrider::mail
