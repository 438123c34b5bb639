#pragma once

#include "common/base/result.h"
#include "common/mail/domain.h"
#include "server/auth/password_hash.h"
#include "server/users/user_db.h"
#include "tools/postriderctl/command.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace postrider::ctl {

/// One user of one domain, as a command names him.
struct Account {
    std::string name;  ///< canonical, without domain
    mail::Domain domain;
    std::filesystem::path folder;  ///< of the domain; need not exist
    users::UserDb users;

    [[nodiscard]] std::string address() const { return name + "@" + domain.ascii(); }
};

/// Understands `name@domain`. The domain's folder may be spelt in any way that means the domain.
Result<Account, std::string> findAccount(const Context& context, const std::string& address);

/// Makes the folders of a domain that are missing. For root they get the owner of the folder above,
/// and the group of the user that the server runs as, so that it can read what it is to read.
Result<Done, std::string> makeFolder(const Context& context, const Account& account);
/// The same for a users file that root has just made.
Result<Done, std::string> fitOwner(const Context& context, const std::filesystem::path& path);

/// From standard input with --password-stdin, else asked twice on the terminal.
Result<std::string, std::string> newPassword(Context& context, const Arguments& arguments);

/// How a new password is kept in place of this one: who logs in by SCRAM goes on to do so.
[[nodiscard]] auth::HashScheme schemeOf(std::string_view stored);
/// Hashes it as --scheme says, or `otherwise`.
Result<std::string, std::string> newHash(const std::string& password, const Arguments& arguments,
                                         auth::HashScheme otherwise);

/// The code for what UserDb refused, after saying why.
ExitCode fail(const Context& context, const users::UserDbError& error);

}  // namespace postrider::ctl
