#pragma once

#include "common/base/result.h"

#include <optional>
#include <string>
#include <string_view>

/// Passwords and their hashes, by libxcrypt; SCRAM verifiers and Argon2 are in files of their own.
/// Thread-safe: crypt_r on memory of its own (32 KiB, and 16 MiB more inside for yescrypt), about
/// 11 ms for a default hash.
namespace postrider::auth {

/// How new passwords are kept.
enum class HashScheme {
    Yescrypt,     ///< "{CRYPT}$y$...": hard to guess from, for a login that sends the password
    ScramSha256,  ///< "{SCRAM-SHA-256}...": for a login that proves to know the password, too
};
/// "yescrypt", "scram-sha-256".
[[nodiscard]] std::optional<HashScheme> hashSchemeFromString(std::string_view name);

/// A new hash with a random salt, which Dovecot reads too; libxcrypt's default cost for yescrypt.
/// Error: why the password cannot be hashed (empty, longer than 511 octets, a NUL or line end in
/// it) or the system's reason.
Result<std::string, std::string> hashPassword(std::string_view password,
                                              HashScheme scheme = HashScheme::Yescrypt);

enum class Match { Yes, No };

/// Compares in constant time. `stored` is `{SCHEME}hash` with CRYPT, YESCRYPT, SCRYPT-CRYPT,
/// BLF-CRYPT, SHA512-CRYPT, SHA256-CRYPT, MD5-CRYPT, ARGON2ID, ARGON2I or SCRAM-SHA-256, or a bare
/// hash that begins with `$`. A hash that begins with `*` or `!` is locked: never a match. Error: a
/// sentence that names the scheme we do not know.
Result<Match, std::string> verifyPassword(std::string_view password, std::string_view stored);

/// The sentence of verifyPassword for a hash it cannot check; nothing in it for one it can. Cheap.
[[nodiscard]] std::string whyUnverifiable(std::string_view stored);
/// True for a hash that nobody can log in with.
[[nodiscard]] bool isLocked(std::string_view stored);
/// What to call a scheme that is too cheap to guess from by now ("SHA512-CRYPT", "bcrypt of cost
/// 10"): the password should be set anew. Nothing for yescrypt, scrypt, Argon2, SCRAM and bcrypt of
/// cost 12 and more, for locked hashes and for those nobody can log in with.
[[nodiscard]] std::optional<std::string> outdatedScheme(std::string_view stored);

}  // namespace postrider::auth
