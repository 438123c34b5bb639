#include "server/routing/address_book.h"

#include "common/base/text_file.h"
#include "server/config/domains.h"
#include "server/users/user_db.h"

#include <algorithm>
#include <utility>

namespace postrider::routing {

namespace {

void append(config::ConfigProblems& all, const config::ConfigProblems& more) {
    all.sentences.insert(all.sentences.end(), more.sentences.begin(), more.sentences.end());
}

/// A missing file has no aliases.
Result<AliasTable, config::ConfigProblems> readAliases(const config::DomainConfig& domain,
                                                       const NameRules& rules,
                                                       const std::string& name) {
    if (isAbsent(domain.aliasesFile)) return AliasTable{};
    const auto content = readTextFile(domain.aliasesFile);
    if (!content) return Unexpected{config::ConfigProblems{{name + ": " + content.error()}}};
    return AliasTable::parse(*content, name, domain.name, rules);
}

std::optional<mail::Mailbox> postmasterOf(const config::DomainConfig& domain) {
    if (domain.postmaster.empty()) return std::nullopt;
    auto mailbox = parseTarget(domain.postmaster, domain.name);
    if (!mailbox) return std::nullopt;  // readDomains() lets only mailboxes through
    return std::move(*mailbox);
}

LocalDomain readDomain(const config::DomainConfig& from, const AddressBookOptions& options,
                       config::ConfigProblems& problems) {
    LocalDomain domain{from.name,
                       {from.suffixSeparators.value_or(options.rules.separators),
                        from.suffixDrop.value_or(options.rules.drop)},
                       postmasterOf(from),
                       from.senderRestrict,
                       from.fromRestrict,
                       {},
                       {}};
    const auto usersName = config::displayName(from.usersFile, options.configDir);
    auto users = users::UserDb{from.usersFile, usersName}.read();
    if (users) domain.users = std::move(*users);
    if (!users) append(problems, users.error());

    const auto aliasesName = config::displayName(from.aliasesFile, options.configDir);
    auto aliases = readAliases(from, domain.rules, aliasesName);
    if (aliases) domain.aliases = std::move(*aliases);
    if (!aliases) append(problems, aliases.error());
    for (const auto& user : domain.users.all()) {
        auto left = domain.rules.withoutDropped(user.name);
        if (left != user.name) domain.droppedNames.emplace(std::move(left), user.name);
    }
    return domain;
}

}  // namespace

const users::User* LocalDomain::findUser(std::string_view canonicalName) const {
    if (const auto* exact = users.find(canonicalName)) return exact;
    const std::string wanted{rules.withoutSuffix(rules.withoutDropped(canonicalName))};
    if (const auto* cleaned = users.find(wanted)) return cleaned;
    const auto dropped = droppedNames.find(wanted);
    return dropped == droppedNames.end() ? nullptr : users.find(dropped->second);
}

Result<std::shared_ptr<const AddressBook>, config::ConfigProblems> AddressBook::read(
    const AddressBookOptions& options) {
    auto [domains, found] = config::readDomains(options.configDir);
    config::ConfigProblems problems{std::move(found)};
    auto book = std::make_shared<AddressBook>();
    book->hook_ = AliasHook::find(options.configDir);
    for (const auto& domain : domains)
        book->domains_.push_back(readDomain(domain, options, problems));
    if (!problems.sentences.empty()) return Unexpected{std::move(problems)};
    return std::shared_ptr<const AddressBook>{std::move(book)};
}

const LocalDomain* AddressBook::find(const mail::Domain& domain) const {
    const auto found = std::lower_bound(
        domains_.begin(), domains_.end(), domain,
        [](const LocalDomain& entry, const mail::Domain& name) { return entry.name < name; });
    return found == domains_.end() || found->name != domain ? nullptr : &*found;
}

}  // namespace postrider::routing
