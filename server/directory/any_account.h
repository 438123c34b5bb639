#pragma once

#include "server/directory/account_name.h"
#include "server/users/account_source.h"

namespace postrider::directory {

/// Everybody has an account: for reviewing aliases whose targets may be kept elsewhere, without
/// asking, so that a warning does not depend on whether a database is up. Thread-safe.
class AnyAccount final : public users::AccountSource {
public:
    [[nodiscard]] std::string_view name() const override { return "any"; }
    Result<std::optional<users::Account>, std::string> find(const mail::Mailbox& address) override {
        users::Account account;
        account.name = accountName(address).value_or("");
        if (account.name.empty()) return std::optional<users::Account>{};
        return std::optional{std::move(account)};
    }
    Result<bool, std::string> check(const mail::Mailbox&, std::string_view) override {
        return false;
    }
};

}  // namespace postrider::directory
