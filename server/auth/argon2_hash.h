#pragma once

#include <string_view>

/// Argon2 (RFC 9106) by libargon2, which libxcrypt does not have: only verified, for hashes that
/// come from elsewhere. Thread-safe; takes the memory and time that the hash says.
namespace postrider::auth {

/// Whether `encoded` is "$argon2id$v=19$m=65536,t=3,p=1$salt$hash", or $argon2i$, and asks for no
/// more than 256 MiB, 64 passes and 64 lanes.
[[nodiscard]] bool isArgon2(std::string_view encoded);

/// In constant time. False for what is not isArgon2, and when there is no memory for it.
[[nodiscard]] bool isArgon2Of(std::string_view encoded, std::string_view password);

}  // namespace postrider::auth
