#include "server/directory/cached_source.h"

#include "server/directory/account_name.h"

namespace postrider::directory {

Result<std::optional<users::Account>, std::string> CachedSource::find(
    const mail::Mailbox& address) {
    const auto key = accountName(address);
    if (!key) return std::optional<users::Account>{};
    if (auto known = answers_.recall(*key)) return *std::move(known);
    return findAnew(address);
}

Result<std::optional<users::Account>, std::string> CachedSource::findAnew(
    const mail::Mailbox& address) {
    const auto key = accountName(address);
    if (!key) return std::optional<users::Account>{};
    const auto asked = clock_.steady();
    auto found = source_.findAnew(address);
    if (found) answers_.remember(*key, *found, asked, *found ? limits_.known : limits_.unknown);
    return found;
}

}  // namespace postrider::directory
