#include "server/auth/seen_hashes.h"

#include "common/base/text.h"
#include "server/auth/scram_verifier.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <vector>

namespace postrider::auth {

namespace {

/// What stands in front of salt and hash.
std::string kindOf(const std::string& hash) {
    if (text::startsWithIgnoreCase(hash, scramScheme)) return hash.substr(0, hash.find(','));
    const auto fields = text::split(hash, '$');
    if (fields.size() < 4) return hash.substr(0, hash.find('}') + 1);
    const bool isBcrypt = fields[1].starts_with('2');
    const bool isScrypt = fields[1] == "7";
    // bcrypt keeps salt and hash together, scrypt its cost (11 characters) and its salt
    const std::size_t kept = fields.size() - (isBcrypt ? 1 : 2);
    std::string kind{fields[0]};
    for (std::size_t i = 1; i < kept; ++i)
        kind.append("$").append(fields[i]);
    if (isScrypt) kind.append("$").append(fields[2].substr(0, 11));
    return kind;
}

}  // namespace

void SeenHashes::note(const mail::Domain& domain, const std::string& hash) {
    auto kind = kindOf(hash);
    const std::lock_guard lock{mutex_};
    auto& kinds = domains_[domain];
    if (kinds.size() >= most && !kinds.contains(kind)) return;
    kinds.insert_or_assign(std::move(kind), hash);
}

std::optional<std::string> SeenHashes::pick(const mail::Mailbox& address, std::string_view scheme,
                                            const std::optional<std::string>& also) const {
    std::vector<std::string> fit;
    const auto consider = [&](const std::string& hash) {
        if (text::startsWithIgnoreCase(hash, scheme)) fit.push_back(hash);
    };
    {
        const std::lock_guard lock{mutex_};
        const auto known =
            address.domain() == nullptr ? domains_.end() : domains_.find(*address.domain());
        if (known != domains_.end()) {
            for (const auto& [kind, hash] : known->second)
                consider(hash);
        }
    }
    const bool isNew = also && std::none_of(fit.begin(), fit.end(), [&](const std::string& hash) {
                           return kindOf(hash) == kindOf(*also);
                       });
    if (isNew) consider(*also);
    if (fit.empty()) return std::nullopt;
    return fit[std::hash<std::string>{}(address.toString()) % fit.size()];
}

}  // namespace postrider::auth
