#pragma once

#include "common/base/result.h"
#include "server/smtp/ports.h"

#include <optional>
#include <string>
#include <string_view>

/// What is kept of a password for SCRAM-SHA-256 (RFC 5802, RFC 7677), as text:
/// `{SCRAM-SHA-256}iterations,salt,StoredKey,ServerKey`, the last three in base64, as Dovecot
/// writes it. Thread-safe; making and checking one costs a core about 11 ms by default.
namespace postrider::auth {

inline constexpr std::string_view scramScheme = "{SCRAM-SHA-256}";

/// RFC 7677 section 4 asks for 4096 at least.
inline constexpr unsigned leastScramIterations = 4096;
/// Clients do this work too, on telephones: about what yescrypt costs us.
inline constexpr unsigned defaultScramIterations = 40'000;
/// A bound for what a file or a directory may make us do: a second of one core.
inline constexpr unsigned mostScramIterations = 4'000'000;

/// Nothing for what is no such verifier; the scheme's name may be in any case.
[[nodiscard]] std::optional<smtp::ScramVerifier> parseScramVerifier(std::string_view stored);
[[nodiscard]] std::string toString(const smtp::ScramVerifier& verifier);

/// From a prepared password (RFC 8265 OpaqueString). Throws std::runtime_error when OpenSSL fails.
[[nodiscard]] smtp::ScramVerifier makeScramVerifier(std::string_view password,
                                                    std::string_view salt,
                                                    unsigned iterations = defaultScramIterations);
/// With a random salt, as a users file keeps it.
[[nodiscard]] std::string newScramVerifier(std::string_view password);

/// In constant time.
[[nodiscard]] bool isPasswordOf(const smtp::ScramVerifier& verifier, std::string_view password);

/// A verifier of nobody's password: the same name gets the same one as long as `secret` is the
/// same, so that an unknown name cannot be told from a known one by asking twice.
[[nodiscard]] smtp::ScramVerifier inventScramVerifier(std::string_view name,
                                                      std::string_view secret, unsigned iterations);

}  // namespace postrider::auth
