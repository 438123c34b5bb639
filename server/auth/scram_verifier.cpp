#include "server/auth/scram_verifier.h"

#include "common/base/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdexcept>

namespace postrider::auth {

namespace {

constexpr std::size_t keyLength = 32;
constexpr std::size_t saltLength = 16;
constexpr std::size_t longestSalt = 128;

unsigned char* octetsOf(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* octetsOf(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void require(bool done) {
    if (!done) throw std::runtime_error{"OpenSSL failed to compute a SCRAM verifier"};
}

std::string hmac(std::string_view key, std::string_view message) {
    std::string digest(keyLength, '\0');
    unsigned length = 0;
    require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octetsOf(message),
                 message.size(), octetsOf(digest), &length) != nullptr);
    return digest;
}

std::string sha256(std::string_view message) {
    std::string digest(keyLength, '\0');
    require(EVP_Digest(message.data(), message.size(), octetsOf(digest), nullptr, EVP_sha256(),
                       nullptr) == 1);
    return digest;
}

/// Hi() of RFC 5802 section 2.2 is PBKDF2 with HMAC-SHA-256.
std::string saltedPassword(std::string_view password, std::string_view salt, unsigned iterations) {
    std::string key(keyLength, '\0');
    require(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), octetsOf(salt),
                              static_cast<int>(salt.size()), static_cast<int>(iterations),
                              EVP_sha256(), static_cast<int>(key.size()), octetsOf(key)) == 1);
    return key;
}

bool isUsable(const smtp::ScramVerifier& verifier) {
    return verifier.iterations >= leastScramIterations &&
           verifier.iterations <= mostScramIterations && !verifier.salt.empty() &&
           verifier.salt.size() <= longestSalt && verifier.storedKey.size() == keyLength &&
           verifier.serverKey.size() == keyLength;
}

}  // namespace

std::optional<smtp::ScramVerifier> parseScramVerifier(std::string_view stored) {
    if (!text::startsWithIgnoreCase(stored, scramScheme)) return std::nullopt;
    const auto fields = text::split(stored.substr(scramScheme.size()), ',');
    if (fields.size() != 4) return std::nullopt;
    const auto iterations = text::parseUnsigned(fields[0]);
    const auto salt = text::fromBase64(fields[1]);
    const auto storedKey = text::fromBase64(fields[2]);
    const auto serverKey = text::fromBase64(fields[3]);
    if (!iterations || *iterations > mostScramIterations || !salt || !storedKey || !serverKey) {
        return std::nullopt;
    }
    smtp::ScramVerifier verifier{static_cast<unsigned>(*iterations), *salt, *storedKey, *serverKey};
    if (!isUsable(verifier)) return std::nullopt;
    return verifier;
}

std::string toString(const smtp::ScramVerifier& verifier) {
    return std::string{scramScheme} + std::to_string(verifier.iterations) + "," +
           text::toBase64(verifier.salt) + "," + text::toBase64(verifier.storedKey) + "," +
           text::toBase64(verifier.serverKey);
}

smtp::ScramVerifier makeScramVerifier(std::string_view password, std::string_view salt,
                                      unsigned iterations) {
    auto key = saltedPassword(password, salt, iterations);
    smtp::ScramVerifier verifier{iterations, std::string{salt}, sha256(hmac(key, "Client Key")),
                                 hmac(key, "Server Key")};
    OPENSSL_cleanse(key.data(), key.size());
    return verifier;
}

std::string newScramVerifier(std::string_view password) {
    std::string salt(saltLength, '\0');
    require(RAND_bytes(octetsOf(salt), static_cast<int>(salt.size())) == 1);
    return toString(makeScramVerifier(password, salt));
}

bool isPasswordOf(const smtp::ScramVerifier& verifier, std::string_view password) {
    const auto tried = makeScramVerifier(password, verifier.salt, verifier.iterations);
    return CRYPTO_memcmp(tried.storedKey.data(), verifier.storedKey.data(), keyLength) == 0;
}

smtp::ScramVerifier inventScramVerifier(std::string_view name, std::string_view secret,
                                        unsigned iterations) {
    const auto draw = [&](std::string_view what) {
        return hmac(secret, std::string{what} + std::string{name});
    };
    return {iterations, draw("salt ").substr(0, saltLength), draw("stored key "),
            draw("server key ")};
}

}  // namespace postrider::auth
