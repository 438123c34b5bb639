#pragma once

#include "common/base/clock.h"
#include "server/users/account_source.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace postrider::directory {

/// How long an answer counts, from the question on. Who loses his account or a right keeps it for
/// as long at most: conf/postrider.properties tells operators so.
struct CacheLimits {
    std::chrono::seconds known{10};
    std::chrono::seconds unknown{3};  ///< short: who has just been made an account tries it
    std::size_t entries = 10'000;
};

/// Remembers for some seconds what a source said, so that a flood of recipients does not reach it.
/// Logins pass it by, and what they hear is remembered. Errors and passwords never are.
/// Thread-safe.
class CachedSource final : public users::AccountSource {
public:
    CachedSource(users::AccountSource& source, const Clock& clock, CacheLimits limits = {})
        : source_(source), clock_(clock), limits_(limits) {}

    [[nodiscard]] std::string_view name() const override { return source_.name(); }
    Result<std::optional<users::Account>, std::string> find(const mail::Mailbox& address) override;
    Result<std::optional<users::Account>, std::string> findAnew(
        const mail::Mailbox& address) override;
    Result<bool, std::string> check(const mail::Mailbox& address,
                                    std::string_view password) override {
        return source_.check(address, password);
    }
    Result<Done, std::string> imitateRefusal(const mail::Mailbox& address) override {
        return source_.imitateRefusal(address);
    }
    [[nodiscard]] bool holdsVerifiers() const override { return source_.holdsVerifiers(); }

    /// A reload: what is known from here on is new.
    void forget();

private:
    struct Entry {
        std::optional<users::Account> account;
        SteadyTime asked;
        SteadyTime until;
    };
    /// Nothing when it is not remembered.
    std::optional<Entry> recall(const std::string& key);
    /// Unless a question that was asked later has been answered already.
    void remember(const std::string& key, const std::optional<users::Account>& account,
                  SteadyTime asked);

    users::AccountSource& source_;
    const Clock& clock_;
    const CacheLimits limits_;
    std::mutex mutex_;
    std::map<std::string, Entry> entries_;  ///< guarded by mutex_
};

}  // namespace postrider::directory
