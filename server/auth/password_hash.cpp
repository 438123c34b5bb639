#include "server/auth/password_hash.h"

#include "common/base/text.h"
#include "common/mail/opaque_string.h"
#include "server/auth/argon2_hash.h"
#include "server/auth/scram_verifier.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <crypt.h>
#include <memory>
#include <openssl/crypto.h>
#include <optional>
#include <system_error>

namespace postrider::auth {

namespace {

constexpr std::string_view writtenScheme = "{CRYPT}";
constexpr const char* writtenMethod = "$y$";

/// A scheme of Dovecot's passwd-file and how its hashes begin.
struct Scheme {
    std::string_view name;
    std::string_view prefix;
};
constexpr std::array<Scheme, 9> schemes{{{"CRYPT", ""},
                                         {"YESCRYPT", "$y$"},
                                         {"SCRYPT-CRYPT", "$7$"},
                                         {"BLF-CRYPT", "$2"},
                                         {"SHA512-CRYPT", "$6$"},
                                         {"SHA256-CRYPT", "$5$"},
                                         {"MD5-CRYPT", "$1$"},
                                         {"ARGON2ID", "$argon2id$"},
                                         {"ARGON2I", "$argon2i$"}}};
/// What still costs an attacker enough, as bcrypt only does from a cost on.
constexpr std::array<std::string_view, 5> strongPrefixes{"$y$", "$gy$", "$7$", "$argon2id$",
                                                         "$argon2i$"};
constexpr unsigned leastBcryptCost = 12;

/// `{SCHEME}setting` taken apart; a bare hash has an empty scheme.
struct Stored {
    std::string scheme;
    std::string_view setting;
};

Stored takeApart(std::string_view stored) {
    const auto end = stored.find('}');
    if (!stored.starts_with('{') || end == std::string_view::npos) return {"", stored};
    return {text::upper(stored.substr(1, end - 1)), stored.substr(end + 1)};
}

bool isScram(const std::string& scheme) {
    return "{" + scheme + "}" == scramScheme;
}

bool locks(std::string_view setting) {
    return setting.starts_with('*') || setting.starts_with('!');
}

/// crypt(3) takes strings that end in NUL: what it would cut is refused before.
bool isHashable(std::string_view password) {
    return !password.empty() && password.size() < CRYPT_MAX_PASSPHRASE_SIZE &&
           password.find('\0') == std::string_view::npos;
}

/// Nothing when crypt cannot do it.
std::optional<std::string> hashWith(std::string_view password, std::string_view setting) {
    const auto data = std::make_unique<crypt_data>();
    const std::string phrase{password};
    const char* hash = ::crypt_r(phrase.c_str(), std::string{setting}.c_str(), data.get());
    // it answers "*0" or "*1", not null, for a setting it does not understand
    std::optional<std::string> result;
    if (hash != nullptr && *hash != '*') result = hash;
    OPENSSL_cleanse(data.get(), sizeof *data);
    return result;
}

bool equals(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// `$2b$12$...`; 0 for what is no bcrypt.
unsigned bcryptCost(std::string_view setting) {
    const auto fields = text::split(setting, '$');
    if (fields.size() < 4 || !fields[1].starts_with('2')) return 0;
    return static_cast<unsigned>(text::parseUnsigned(fields[2]).value_or(0));
}

Result<std::string, std::string> hashByCrypt(std::string_view prepared) {
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    if (::crypt_gensalt_rn(writtenMethod, 0, nullptr, 0, setting.data(),
                           static_cast<int>(setting.size())) == nullptr) {
        return Unexpected{"cannot make a salt: " + std::generic_category().message(errno)};
    }
    const auto hash = hashWith(prepared, setting.data());
    if (!hash) return Unexpected{"cannot hash: " + std::generic_category().message(errno)};
    return std::string{writtenScheme} + *hash;
}

}  // namespace

std::optional<HashScheme> hashSchemeFromString(std::string_view name) {
    if (name == "yescrypt") return HashScheme::Yescrypt;
    if (name == "scram-sha-256") return HashScheme::ScramSha256;
    return std::nullopt;
}

Result<std::string, std::string> hashPassword(std::string_view password, HashScheme scheme) {
    if (password.empty()) return Unexpected{std::string{"the password is empty"}};
    const auto prepared = mail::opaqueString(password);
    if (!prepared) {
        return Unexpected{std::string{"the password holds a control character, or is not UTF-8"}};
    }
    if (!isHashable(*prepared)) {
        return Unexpected{std::string{"the password is longer than 511 octets"}};
    }
    switch (scheme) {
        case HashScheme::ScramSha256:
            return newScramVerifier(*prepared);
        case HashScheme::Yescrypt:
            break;
    }
    return hashByCrypt(*prepared);
}

std::string whyUnverifiable(std::string_view stored) {
    const auto [scheme, setting] = takeApart(stored);
    if (locks(setting)) return "";
    if (isScram(scheme)) {
        return parseScramVerifier(stored) ? "" : "this is no usable SCRAM-SHA-256 verifier";
    }
    const auto* const known =
        std::find_if(schemes.begin(), schemes.end(),
                     [&name = scheme](const Scheme& s) { return s.name == name; });
    if (!scheme.empty() && known == schemes.end()) {
        return "the password scheme {" + text::printable(scheme, 40) + "} is not supported";
    }
    if (!scheme.empty() && !setting.starts_with(known->prefix)) {
        return "the hash is not of the scheme {" + scheme + "} before it";
    }
    if (setting.starts_with("$argon2")) {
        return isArgon2(setting) ? "" : "this is no Argon2 hash of bearable cost";
    }
    // without "$" it would be traditional DES, or a password in plain text
    const bool usable = setting.starts_with('$') &&
                        ::crypt_checksalt(std::string{setting}.c_str()) != CRYPT_SALT_INVALID;
    return usable ? "" : "the password hash is of no known kind";
}

bool isLocked(std::string_view stored) {
    return locks(takeApart(stored).setting);
}

std::optional<std::string> outdatedScheme(std::string_view stored) {
    const auto [scheme, setting] = takeApart(stored);
    if (locks(setting) || isScram(scheme) || !whyUnverifiable(stored).empty()) return std::nullopt;
    const bool strong =
        std::any_of(strongPrefixes.begin(), strongPrefixes.end(),
                    [&hash = setting](auto prefix) { return hash.starts_with(prefix); });
    if (strong) return std::nullopt;
    if (const auto cost = bcryptCost(setting)) {
        if (cost >= leastBcryptCost) return std::nullopt;
        return "bcrypt of cost " + std::to_string(cost);
    }
    // the most general scheme stands first, with a prefix that all have
    const auto* const named =
        std::find_if(schemes.begin() + 1, schemes.end(),
                     [&hash = setting](const Scheme& s) { return hash.starts_with(s.prefix); });
    return std::string{named == schemes.end() ? "a scheme of old" : named->name};
}

Result<Match, std::string> verifyPassword(std::string_view password, std::string_view stored) {
    auto reason = whyUnverifiable(stored);
    if (!reason.empty()) return Unexpected{std::move(reason)};
    const auto setting = takeApart(stored).setting;
    if (locks(setting)) return Match::No;
    // what cannot be prepared may still be the password that another program hashed
    const std::string tried = mail::opaqueString(password).value_or(std::string{password});
    if (!isHashable(tried)) return Match::No;
    if (const auto verifier = parseScramVerifier(stored)) {
        return isPasswordOf(*verifier, tried) ? Match::Yes : Match::No;
    }
    if (isArgon2(setting)) return isArgon2Of(setting, tried) ? Match::Yes : Match::No;
    const auto hash = hashWith(tried, setting);
    return hash && equals(*hash, setting) ? Match::Yes : Match::No;
}

}  // namespace postrider::auth
