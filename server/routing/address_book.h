#pragma once

#include "common/base/result.h"
#include "common/mail/domain.h"
#include "server/config/domains.h"
#include "server/config/problems.h"
#include "server/routing/alias_hook.h"
#include "server/routing/alias_table.h"
#include "server/routing/name_rules.h"
#include "server/users/user_table.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::routing {

/// What is read, and what holds for domains that say nothing else.
struct AddressBookOptions {
    std::filesystem::path configDir;
    NameRules rules;  ///< suffix.separators and suffix.drop
};

/// One domain of ours.
struct LocalDomain {
    mail::Domain name;
    NameRules rules;
    std::optional<mail::Mailbox> postmaster;  ///< domain.properties
    config::Restriction senderRestrict = config::Restriction::None;
    config::Restriction fromRestrict = config::Restriction::None;
    users::UserTable users;
    AliasTable aliases;
    /// Users whose name holds dropped characters, by what is left of it.
    std::map<std::string, std::string, std::less<>> droppedNames{};

    /// The user that this canonical name means: of exactly this name, or with dropped characters
    /// and suffix taken away on both sides. Null when there is none.
    [[nodiscard]] const users::User* findUser(std::string_view canonicalName) const;
};

/// All our domains, users and aliases as they were at one moment. Immutable, shared by all threads.
class AddressBook {
public:
    /// Reads <config-dir>/domains; all of it is good, or there is no book.
    static Result<std::shared_ptr<const AddressBook>, config::ConfigProblems> read(
        const AddressBookOptions& options);

    /// Null for a domain that is not ours.
    [[nodiscard]] const LocalDomain* find(const mail::Domain& domain) const;
    /// Sorted by name.
    [[nodiscard]] const std::vector<LocalDomain>& domains() const noexcept { return domains_; }
    /// The program that knows more aliases than the files; null when there is none.
    [[nodiscard]] const AliasHook* hook() const noexcept { return hook_ ? &*hook_ : nullptr; }

private:
    std::optional<AliasHook> hook_;
    std::vector<LocalDomain> domains_;
};

}  // namespace postrider::routing
