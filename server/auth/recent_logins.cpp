#include "server/auth/recent_logins.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdexcept>
#include <string>

namespace postrider::auth {

RecentLogins::RecentLogins(const Clock& clock) : clock_(clock) {
    if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1) {
        throw std::runtime_error("no randomness for the key of recent logins");
    }
}

RecentLogins::Digest RecentLogins::digestOf(std::string_view hash,
                                            std::string_view password) const {
    std::string both{hash};
    both += '\0';  // no hash holds one
    both += password;
    Digest digest{};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): octets are characters
    const auto* octets = reinterpret_cast<const unsigned char*>(both.data());
    HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), octets, both.size(),
         digest.data(), nullptr);
    OPENSSL_cleanse(both.data(), both.size());
    return digest;
}

bool RecentLogins::holds(std::string_view hash, std::string_view password) const {
    const Digest digest = digestOf(hash, password);
    const std::lock_guard lock{mutex_};
    const auto found = until_.find(digest);
    return found != until_.end() && clock_.steady() < found->second;
}

void RecentLogins::remember(std::string_view hash, std::string_view password) {
    const Digest digest = digestOf(hash, password);
    const std::lock_guard lock{mutex_};
    if (until_.size() >= most) makeRoom();
    until_[digest] = clock_.steady() + longest;
}

/// What is over; all of it when nothing is: who is forgotten pays the price of his hash once more.
void RecentLogins::makeRoom() {
    const SteadyTime now = clock_.steady();
    std::erase_if(until_, [now](const auto& entry) { return entry.second <= now; });
    if (until_.size() >= most) until_.clear();
}

}  // namespace postrider::auth
