#include "server/directory/cached_source.h"

#include "server/directory/account_name.h"

namespace postrider::directory {

Result<std::optional<users::Account>, std::string> CachedSource::find(
    const mail::Mailbox& address) {
    const auto key = accountName(address);
    if (!key) return std::optional<users::Account>{};
    if (auto entry = recall(*key)) return std::move(entry->account);
    return findAnew(address);
}

Result<std::optional<users::Account>, std::string> CachedSource::findAnew(
    const mail::Mailbox& address) {
    const auto key = accountName(address);
    if (!key) return std::optional<users::Account>{};
    const auto asked = clock_.steady();
    auto found = source_.findAnew(address);
    if (found) remember(*key, *found, asked);
    return found;
}

void CachedSource::forget() {
    const std::lock_guard lock{mutex_};
    entries_.clear();
}

std::optional<CachedSource::Entry> CachedSource::recall(const std::string& key) {
    const auto now = clock_.steady();
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    if (found->second.until > now) return found->second;
    entries_.erase(found);
    return std::nullopt;
}

void CachedSource::remember(const std::string& key, const std::optional<users::Account>& account,
                            SteadyTime asked) {
    const auto now = clock_.steady();
    const std::lock_guard lock{mutex_};
    const auto known = entries_.find(key);
    if (known != entries_.end() && known->second.asked > asked) return;
    if (entries_.size() >= limits_.entries) {
        std::erase_if(entries_, [now](const auto& entry) { return entry.second.until <= now; });
    }
    // more names in these few seconds than any directory has: what is dropped is only asked again
    if (entries_.size() >= limits_.entries) entries_.clear();
    entries_[key] = {account, asked, asked + (account ? limits_.known : limits_.unknown)};
}

}  // namespace postrider::directory
