#pragma once

#include "common/base/clock.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>

namespace postrider::auth {

/// Passwords that were right a short while ago, so that a mail program which logs in again and
/// again does not cost the price of its hash each time. A wrong password always costs it.
///
/// Holds no password and no hash: only HMAC-SHA-256 of both under a key that is drawn at start and
/// never leaves memory. A new password has a new hash, so the old one is forgotten with it. Locks
/// inside.
class RecentLogins {
public:
    static constexpr std::chrono::minutes longest{10};
    static constexpr std::size_t most = 10'000;

    /// Throws std::runtime_error when there is no randomness.
    explicit RecentLogins(const Clock& clock);

    /// Whether `password` was remembered as the right one for `hash` ("{SCHEME}...").
    [[nodiscard]] bool holds(std::string_view hash, std::string_view password) const;
    void remember(std::string_view hash, std::string_view password);

private:
    using Digest = std::array<std::uint8_t, 32>;
    [[nodiscard]] Digest digestOf(std::string_view hash, std::string_view password) const;
    void makeRoom();

    const Clock& clock_;
    Digest key_{};
    mutable std::mutex mutex_;
    std::map<Digest, SteadyTime> until_;  ///< guarded by mutex_
};

}  // namespace postrider::auth
