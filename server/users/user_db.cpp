#include "server/users/user_db.h"

#include "common/base/text_file.h"
#include "common/mail/localpart.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace postrider::users {

namespace {

/// The content of the file; nothing in it when there is none. Error: the system's reason.
Result<std::string, std::string> readOrEmpty(const std::filesystem::path& file) {
    if (isAbsent(file)) return std::string{};
    return readTextFile(file);
}

bool isLineOf(const std::string& line, const std::string& canonicalName) {
    return isUserLine(line) &&
           mail::canonicalUsername(splitUserLine(line).name) == std::optional{canonicalName};
}

std::string joinLines(const std::vector<std::string>& lines) {
    std::string content;
    for (const auto& line : lines)
        content.append(line).append("\n");
    return content;
}

UserDbError failure(std::string reason) {
    return {UserDbError::Kind::Failed, std::move(reason)};
}

}  // namespace

Result<UserTable, config::ConfigProblems> UserDb::read() const {
    const auto content = readOrEmpty(file_);
    if (!content) return Unexpected{config::ConfigProblems{{name_ + ": " + content.error()}}};
    return UserTable::parse(*content, name_);
}

Result<Done, UserDbError> UserDb::rewrite(
    std::string_view name, Wanted wanted,
    const std::function<void(Lines&, Lines::iterator, const std::string&)>& edit) const {
    const auto canonical = checkUserName(name);
    if (!canonical) return Unexpected{UserDbError{UserDbError::Kind::BadName, canonical.error()}};

    const auto lock = FolderLock::take(file_.parent_path());
    if (!lock) return Unexpected{failure(name_ + ": cannot lock the folder: " + lock.error())};
    const auto content = readOrEmpty(file_);
    if (!content) return Unexpected{failure(name_ + ": " + content.error())};
    const auto table = UserTable::parse(*content, name_);
    if (!table) return Unexpected{failure(table.error().sentences.front())};

    const bool present = table->find(*canonical) != nullptr;
    if (present && wanted == Wanted::Absent) {
        return Unexpected{UserDbError{UserDbError::Kind::Exists, *canonical + " exists already"}};
    }
    if (!present && wanted == Wanted::Present) {
        return Unexpected{
            UserDbError{UserDbError::Kind::Unknown, "there is no user " + *canonical}};
    }

    const auto views = linesOf(*content);
    Lines lines{views.begin(), views.end()};
    const auto at = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) {
        return isLineOf(line, *canonical);
    });
    edit(lines, at, *canonical);
    const auto replaced = replaceTextFile(file_, joinLines(lines));
    if (!replaced) return Unexpected{failure(name_ + ": " + replaced.error())};
    return Done{};
}

Result<Done, UserDbError> UserDb::add(std::string_view name, std::string_view hash) const {
    return rewrite(name, Wanted::Absent,
                   [hash](Lines& lines, Lines::iterator, const std::string& canonical) {
                       lines.push_back(canonical + ":" + std::string{hash});
                   });
}

Result<Done, UserDbError> UserDb::remove(std::string_view name) const {
    return rewrite(name, Wanted::Present,
                   [](Lines& lines, Lines::iterator at, const std::string&) { lines.erase(at); });
}

Result<Done, UserDbError> UserDb::setHash(std::string_view name, std::string_view hash) const {
    return rewrite(name, Wanted::Present, [hash](Lines&, Lines::iterator at, const std::string&) {
        const UserLine fields = splitUserLine(*at);
        std::string line{fields.name};
        line.append(":").append(hash).append(fields.rest);
        *at = std::move(line);
    });
}

Result<Done, UserDbError> UserDb::setRight(std::string_view name, std::string_view right,
                                           std::string_view value) const {
    UserRights tried;
    const auto set = users::setRight(tried, right, value);
    if (!set) {
        return Unexpected{
            UserDbError{UserDbError::Kind::BadRight,
                        std::string{right} + "=" + std::string{value} + ": " + set.error()}};
    }
    return rewrite(name, Wanted::Present, [&](Lines&, Lines::iterator at, const std::string&) {
        const UserLine fields = splitUserLine(*at);
        std::string line{fields.name};
        line.append(":").append(fields.hash).append(withRight(fields.rest, right, value));
        *at = std::move(line);
    });
}

}  // namespace postrider::users
