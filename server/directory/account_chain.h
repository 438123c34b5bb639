#pragma once

#include "server/users/account_source.h"

#include <utility>
#include <vector>

namespace postrider::directory {

/// Several sources as one, asked in order: the first that knows the account has the say. A source
/// that cannot be asked ends the search with its error: those behind it might know another account
/// of this name, and "unknown" would be a guess. Thread-safe as its sources are.
class AccountChain final : public users::AccountSource {
public:
    /// References to sources that outlive this.
    using Sources = std::vector<users::AccountSource*>;
    explicit AccountChain(Sources sources) : sources_(std::move(sources)) {}

    [[nodiscard]] std::string_view name() const override { return "accounts"; }
    Result<std::optional<users::Account>, std::string> find(const mail::Mailbox& address) override;
    Result<std::optional<users::Account>, std::string> findAnew(
        const mail::Mailbox& address) override;
    /// Asks the source that has the say; no for an account that nobody knows.
    Result<bool, std::string> check(const mail::Mailbox& address,
                                    std::string_view password) override;
    /// By each source in turn; the first error ends it.
    Result<Done, std::string> imitateRefusal(const mail::Mailbox& address) override;
    [[nodiscard]] bool holdsVerifiers() const override;
    /// Of the first source that has one.
    [[nodiscard]] std::optional<std::string> standIn(const mail::Mailbox& address,
                                                     std::string_view scheme) override;

private:
    Sources sources_;
};

}  // namespace postrider::directory
