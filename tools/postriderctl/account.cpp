#include "tools/postriderctl/account.h"

#include "common/base/text.h"
#include "server/auth/password_hash.h"
#include "server/auth/scram_verifier.h"
#include "server/config/domains.h"
#include "server/config/folders.h"
#include "server/config/load.h"
#include "tools/postriderctl/cli.h"

#include <array>
#include <cerrno>
#include <optional>
#include <pwd.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace postrider::ctl {

namespace {

constexpr mode_t folderMode = 0750;

/// The folder that is this domain's already, or the one it would get.
std::filesystem::path folderOf(const Context& context, const mail::Domain& domain) {
    const auto root = context.configDir / "domains";
    if (const auto folders = config::subfolders(root)) {
        for (const auto& folder : *folders) {
            const auto name = mail::Domain::parse(folder.filename().string());
            if (name && *name == domain) return folder;
        }
    }
    return root / domain.ascii();
}

/// The group of the user that the server runs as; nothing when that cannot be found out.
std::optional<gid_t> serverGroup(const Context& context) {
    const auto config = config::load(context.configDir, {});
    if (!config) return std::nullopt;
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    ::getpwnam_r(config->user.c_str(), &entry, buffer.data(), buffer.size(), &found);
    return found == nullptr ? std::nullopt : std::optional{found->pw_gid};
}

Result<Done, std::string> makeOne(const Context& context, const std::filesystem::path& folder) {
    if (::mkdir(folder.c_str(), folderMode) != 0) {
        if (errno == EEXIST) return Done{};
        return Unexpected{folder.string() + ": " + std::generic_category().message(errno)};
    }
    return fitOwner(context, folder);
}

}  // namespace

Result<Account, std::string> findAccount(const Context& context, const std::string& address) {
    const auto at = address.rfind('@');
    if (at == std::string::npos) {
        return Unexpected{"'" + address + "' is not an address: name@domain"};
    }
    const auto domain = mail::Domain::parse(std::string_view{address}.substr(at + 1));
    if (!domain) {
        return Unexpected{"'" + address.substr(at + 1) + "' is no domain name (" +
                          std::string{describe(domain.error())} + ")"};
    }
    auto name = users::checkUserName(std::string_view{address}.substr(0, at));
    if (!name) return Unexpected{name.error()};
    auto folder = folderOf(context, *domain);
    const auto file = folder / "users";
    return Account{std::move(*name), *domain, std::move(folder),
                   users::UserDb{file, config::displayName(file, context.configDir)}};
}

Result<Done, std::string> fitOwner(const Context& context, const std::filesystem::path& path) {
    if (::geteuid() != 0) return Done{};
    struct stat above {};
    if (::stat(path.parent_path().c_str(), &above) != 0) {
        return Unexpected{path.string() + ": " + std::generic_category().message(errno)};
    }
    const gid_t group = above.st_gid != 0 ? above.st_gid : serverGroup(context).value_or(0);
    if (::chown(path.c_str(), above.st_uid, group) != 0) {
        return Unexpected{path.string() + ": cannot give it to its owner: " +
                          std::generic_category().message(errno)};
    }
    return Done{};
}

Result<Done, std::string> makeFolder(const Context& context, const Account& account) {
    std::error_code error;
    if (!std::filesystem::is_directory(context.configDir, error)) {
        return Unexpected{context.configDir.string() + ": there is no such folder"};
    }
    auto made = makeOne(context, account.folder.parent_path());
    if (made) made = makeOne(context, account.folder);
    return made;
}

Result<std::string, std::string> newPassword(Context& context, const Arguments& arguments) {
    if (arguments.flags.contains("--password-stdin")) return context.terminal.readLine();
    auto first = context.terminal.askSecret("Password: ");
    if (!first) return first;
    auto second = context.terminal.askSecret("Again: ");
    if (!second) return second;
    if (*first != *second) return Unexpected{std::string{"the two passwords differ"}};
    return first;
}

auth::HashScheme schemeOf(std::string_view stored) {
    return text::startsWithIgnoreCase(stored, auth::scramScheme) ? auth::HashScheme::ScramSha256
                                                                 : auth::HashScheme::Yescrypt;
}

Result<std::string, std::string> newHash(const std::string& password, const Arguments& arguments,
                                         auth::HashScheme otherwise) {
    const auto wanted = arguments.options.find("--scheme");
    if (wanted == arguments.options.end()) return auth::hashPassword(password, otherwise);
    const auto scheme = auth::hashSchemeFromString(wanted->second);
    if (!scheme) {
        return Unexpected{"'" + wanted->second +
                          "' is no scheme; there are yescrypt and "
                          "scram-sha-256"};
    }
    return auth::hashPassword(password, *scheme);
}

ExitCode fail(const Context& context, const users::UserDbError& error) {
    switch (error.kind) {
        case users::UserDbError::Kind::Exists:
            return fail(context, ExitCode::CannotCreate, error.reason);
        case users::UserDbError::Kind::Unknown:
            return fail(context, ExitCode::NoUser, error.reason);
        case users::UserDbError::Kind::BadName:
        case users::UserDbError::Kind::BadRight:
            return fail(context, ExitCode::BadInput, error.reason);
        case users::UserDbError::Kind::Failed:
            break;
    }
    return fail(context, ExitCode::InputOutput, error.reason);
}

}  // namespace postrider::ctl
