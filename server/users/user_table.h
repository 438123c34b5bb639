#pragma once

#include "common/base/result.h"
#include "server/config/problems.h"
#include "server/users/user_rights.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::users {

/// One user of a domain.
struct User {
    std::string name;  ///< canonical (RFC 8265 UsernameCaseMapped), without domain
    std::string hash;  ///< as the file has it: "{CRYPT}$y$...", or "*" for one who may not log in
    UserRights rights{};
    std::size_t line = 0;  ///< of the users file, 1 the first
};

/// The users of one domain as its `users` file lists them. Immutable.
///
/// The file is Dovecot's passwd-file: a line is `name:hash` and may go on with `:` and fields that
/// are Dovecot's, and ours among them (UserRights). Empty lines and lines that begin with `#` are
/// passed over. A name stands without its domain, holds no `/` (it becomes a folder) and stands
/// once, whatever its case.
class UserTable {
public:
    UserTable() = default;
    /// `name` stands in front of every sentence: "domains/example.org/users:3: ...".
    static Result<UserTable, config::ConfigProblems> parse(std::string_view text,
                                                           std::string_view name);

    /// By canonical name; null when there is none.
    [[nodiscard]] const User* find(std::string_view canonicalName) const;
    /// In the order of the file.
    [[nodiscard]] const std::vector<User>& all() const noexcept { return users_; }
    /// Whether anybody has a SCRAM verifier.
    [[nodiscard]] bool holdsVerifiers() const noexcept { return holdsVerifiers_; }

private:
    std::vector<User> users_;
    std::map<std::string, std::size_t, std::less<>> byName_;
    bool holdsVerifiers_ = false;
};

/// The canonical form of a name that a user of ours may have. Error: why not.
Result<std::string, std::string> checkUserName(std::string_view name);

/// What a line of a users file is; the views are into it.
struct UserLine {
    std::string_view name;
    std::string_view hash;
    std::string_view rest;  ///< from the colon behind the hash on, or empty
};
/// False for empty lines and comments.
[[nodiscard]] bool isUserLine(std::string_view line);
[[nodiscard]] UserLine splitUserLine(std::string_view line);

}  // namespace postrider::users
