#pragma once

#include "common/base/text.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string>
#include <string_view>

namespace postrider::test {

/// A SCRAM-SHA-256 client by hand (RFC 5802 section 3), for what GNU SASL's refuses to say.
class ScramProof {
public:
    /// `header` is the GS2 header: "y,,".
    ScramProof(std::string header, std::string user, std::string password)
        : header_(std::move(header)),
          bare_("n=" + std::move(user) + ",r=rOprNGfwEbeRWgbNEkqO"),
          password_(std::move(password)) {}

    [[nodiscard]] std::string first() const { return text::toBase64(header_ + bare_); }

    /// The last message, to the server's first one; both in base64.
    [[nodiscard]] std::string last(const std::string& challenge) const {
        const std::string server = text::fromBase64(challenge).value();
        const auto fields = text::split(server, ',');
        const std::string salt = text::fromBase64(fields[1].substr(2)).value();
        const auto iterations = static_cast<int>(text::parseUnsigned(fields[2].substr(2)).value());
        const std::string bare = "c=" + text::toBase64(header_) + "," + std::string{fields[0]};
        const std::string clientKey = hmac(salted(salt, iterations), "Client Key");
        std::string proof = hmac(sha256(clientKey), bare_ + "," + server + "," + bare);
        for (std::size_t i = 0; i < proof.size(); ++i)
            proof[i] = static_cast<char>(proof[i] ^ clientKey[i]);
        return text::toBase64(bare + ",p=" + text::toBase64(proof));
    }

private:
    static const unsigned char* octets(const std::string& text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    }
    static std::string hmac(const std::string& key, const std::string& message) {
        std::string digest(32, '\0');
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets(message),
             message.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
        return digest;
    }
    static std::string sha256(const std::string& message) {
        std::string digest(32, '\0');
        EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(digest.data()),
                   nullptr, EVP_sha256(), nullptr);
        return digest;
    }
    [[nodiscard]] std::string salted(const std::string& salt, int iterations) const {
        std::string key(32, '\0');
        PKCS5_PBKDF2_HMAC(password_.data(), static_cast<int>(password_.size()), octets(salt),
                          static_cast<int>(salt.size()), iterations, EVP_sha256(), 32,
                          reinterpret_cast<unsigned char*>(key.data()));
        return key;
    }

    std::string header_;
    std::string bare_;
    std::string password_;
};

}  // namespace postrider::test
