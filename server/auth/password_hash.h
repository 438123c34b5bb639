#pragma once

#include "common/base/result.h"

#include <string>
#include <string_view>

/// Passwords and their hashes, by libxcrypt. Thread-safe: crypt_r on memory of its own (32 KiB, and
/// 16 MiB more inside for yescrypt), about 11 ms for a default hash.
namespace postrider::auth {

/// A new hash with a random salt: "{CRYPT}$y$..." (yescrypt with libxcrypt's default cost), which
/// Dovecot reads too. Error: why the password cannot be hashed (empty, longer than 511 octets, a
/// NUL or line end in it) or the system's reason.
Result<std::string, std::string> hashPassword(std::string_view password);

enum class Match { Yes, No };

/// Compares in constant time. `stored` is `{SCHEME}hash` with CRYPT, YESCRYPT, SCRYPT-CRYPT,
/// BLF-CRYPT, SHA512-CRYPT, SHA256-CRYPT or MD5-CRYPT, or a bare hash that begins with `$`. A hash
/// that begins with `*` or `!` is locked: never a match. Error: a sentence that names the scheme we
/// do not know.
Result<Match, std::string> verifyPassword(std::string_view password, std::string_view stored);

/// The sentence of verifyPassword for a hash it cannot check; nothing in it for one it can. Cheap.
[[nodiscard]] std::string whyUnverifiable(std::string_view stored);
/// True for a hash that nobody can log in with.
[[nodiscard]] bool isLocked(std::string_view stored);

}  // namespace postrider::auth
