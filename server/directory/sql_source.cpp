#include "server/directory/sql_source.h"

#include "common/base/text.h"
#include "server/directory/account_name.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace postrider::directory {

namespace {

/// Nobody can log in with it.
constexpr const char* lockedHash = "!";

/// A column that is missing or NULL means yes. Databases have booleans, numbers and words for it.
Result<bool, std::string> isYes(const SqlRow& row, std::string_view column) {
    const auto value = row.find(column);
    if (!value) return true;
    const auto word = text::lower(*value);
    const auto is = [&word](std::string_view known) { return word == known; };
    constexpr std::array<std::string_view, 5> yes{"1", "true", "t", "yes", "y"};
    constexpr std::array<std::string_view, 5> no{"0", "false", "f", "no", "n"};
    if (std::any_of(yes.begin(), yes.end(), is)) return true;
    if (std::any_of(no.begin(), no.end(), is)) return false;
    return Unexpected{"the column " + std::string{column} + " holds neither yes nor no"};
}

/// A column that is missing or NULL means that there is no limit.
Result<std::optional<std::uint64_t>, std::string> limitIn(const SqlRow& row,
                                                          std::string_view column) {
    const auto value = row.find(column);
    if (!value) return std::optional<std::uint64_t>{};
    const auto limit = text::parseUnsigned(*value);
    if (!limit) return Unexpected{"the column " + std::string{column} + " holds no number"};
    return std::optional<std::uint64_t>{*limit};
}

Result<users::Account, std::string> accountOf(const SqlRow& row, const std::string& name) {
    const auto maySend = isYes(row, "may_send");
    if (!maySend) return Unexpected{maySend.error()};
    const auto mayReceive = isYes(row, "may_receive");
    if (!mayReceive) return Unexpected{mayReceive.error()};
    const auto maxSize = limitIn(row, "max_size");
    if (!maxSize) return Unexpected{maxSize.error()};
    const auto maxRecipients = limitIn(row, "max_recipients");
    if (!maxRecipients) return Unexpected{maxRecipients.error()};
    const auto password = row.find("password").value_or("");
    return users::Account{.name = name,
                          .hash = password.empty() ? lockedHash : password,
                          .maySend = *maySend,
                          .mayReceive = *mayReceive,
                          .maxSize = *maxSize,
                          .maxRecipients = *maxRecipients};
}

}  // namespace

Result<std::optional<users::Account>, std::string> SqlSource::find(const mail::Mailbox& address) {
    const auto name = accountName(address);
    if (!name) return std::optional<users::Account>{};
    const auto rows = sessions_.ask({accounts_.query, *name});
    if (!rows) return Unexpected{rows.error()};
    if (rows->empty()) return std::optional<users::Account>{};
    auto account = accountOf(rows->front(), *name);
    if (!account) return Unexpected{account.error()};
    return std::optional{*std::move(account)};
}

Result<Done, std::string> SqlSource::probe() {
    // .invalid never exists (RFC 2606)
    const auto rows = sessions_.ask({accounts_.query, "nobody@postrider.invalid"});
    if (!rows) return Unexpected{rows.error()};
    return Done{};
}

}  // namespace postrider::directory
