#include "server/directory/sql_source.h"

#include "server/directory/account_name.h"

namespace postrider::directory {

namespace {

/// Nobody can log in with it.
constexpr const char* lockedHash = "!";

}  // namespace

Result<std::optional<users::Account>, std::string> SqlSource::find(const mail::Mailbox& address) {
    const auto name = accountName(address);
    if (!name) return std::optional<users::Account>{};
    auto row = sessions_.ask(*name);
    if (!row) return Unexpected{row.error()};
    if (!*row) return std::optional<users::Account>{};
    auto& found = **row;
    users::Account account;
    account.name = *name;
    account.hash = found.password.empty() ? lockedHash : std::move(found.password);
    account.maySend = found.maySend;
    account.mayReceive = found.mayReceive;
    account.maxSize = found.maxSize;
    account.maxRecipients = found.maxRecipients;
    return std::optional{std::move(account)};
}

Result<Done, std::string> SqlSource::probe() {
    // .invalid never exists (RFC 2606)
    const auto row = sessions_.ask("nobody@postrider.invalid");
    if (!row) return Unexpected{row.error()};
    return Done{};
}

}  // namespace postrider::directory
