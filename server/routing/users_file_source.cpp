#include "server/routing/users_file_source.h"

#include "common/base/text.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace postrider::routing {

namespace {

const LocalDomain* domainOf(const AddressBook& book, const mail::Mailbox& address) {
    const auto* domain = address.domain();
    return domain == nullptr ? nullptr : book.find(*domain);
}

users::Account accountOf(const users::User& user, const LocalDomain& domain) {
    return {.name = user.name + "@" + domain.name.ascii(),
            .hash = user.hash,
            .maySend = user.rights.maySend(),
            .mayReceive = user.rights.mayReceive(),
            .maxSize = user.rights.maxSize,
            .maxRecipients = user.rights.maxRecipients};
}

}  // namespace

Result<std::optional<users::Account>, std::string> UsersFileSource::find(
    const mail::Mailbox& address) {
    const auto book = books_.current();
    const auto* domain = domainOf(*book, address);
    const auto name = address.localpart().canonical();
    const auto* user = domain != nullptr && name ? domain->users.find(*name) : nullptr;
    if (user == nullptr) return std::optional<users::Account>{};
    return std::optional{accountOf(*user, *domain)};
}

Result<bool, std::string> UsersFileSource::check(const mail::Mailbox& /*address*/,
                                                 std::string_view /*password*/) {
    return false;
}

bool UsersFileSource::holdsVerifiers() const {
    const auto book = books_.current();
    const auto& domains = book->domains();
    return std::any_of(domains.begin(), domains.end(),
                       [](const LocalDomain& domain) { return domain.users.holdsVerifiers(); });
}

std::optional<std::string> UsersFileSource::standIn(const mail::Mailbox& address,
                                                    std::string_view scheme) {
    const auto book = books_.current();
    const auto* domain = domainOf(*book, address);
    if (domain == nullptr) return std::nullopt;
    std::vector<const users::User*> fit;
    for (const auto& user : domain->users.all()) {
        if (text::startsWithIgnoreCase(user.hash, scheme)) fit.push_back(&user);
    }
    if (fit.empty()) return std::nullopt;
    return fit[std::hash<std::string>{}(address.toString()) % fit.size()]->hash;
}

}  // namespace postrider::routing
