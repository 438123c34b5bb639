#pragma once

#include "common/base/clock.h"
#include "server/directory/answer_cache.h"
#include "server/users/account_source.h"

#include <optional>
#include <string>

namespace postrider::directory {

/// Remembers for some seconds what a source said, so that a flood of recipients does not reach it.
/// Logins pass it by, and what they hear is remembered. Errors and passwords never are.
/// Thread-safe.
class CachedSource final : public users::AccountSource {
public:
    CachedSource(users::AccountSource& source, const Clock& clock, CacheLimits limits = {})
        : source_(source), clock_(clock), limits_(limits), answers_(clock, limits.entries) {}

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
    void forget() { answers_.forget(); }

private:
    users::AccountSource& source_;
    const Clock& clock_;
    const CacheLimits limits_;
    AnswerCache<std::optional<users::Account>> answers_;
};

}  // namespace postrider::directory
