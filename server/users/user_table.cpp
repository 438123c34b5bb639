#include "server/users/user_table.h"

#include "common/base/text.h"
#include "common/base/text_file.h"
#include "common/mail/localpart.h"

#include <optional>
#include <utility>

namespace postrider::users {

namespace {

constexpr std::size_t shownLimit = 80;
constexpr std::string_view scramScheme = "{SCRAM-SHA-256}";

/// Why a line cannot be a user; its canonical form otherwise.
Result<User, std::string> parseLine(std::string_view line, std::size_t number) {
    if (line.find(':') == std::string_view::npos) {
        return Unexpected{"'" + text::printable(line, shownLimit) + "' is not name:hash"};
    }
    const UserLine fields = splitUserLine(line);
    auto name = checkUserName(fields.name);
    if (!name) return Unexpected{name.error()};
    if (fields.hash.empty()) {
        return Unexpected{*name + " has no password; * stands for one who may not log in"};
    }
    if (text::hasControl(fields.hash) || fields.hash.find(' ') != std::string_view::npos) {
        return Unexpected{"the password hash of " + *name + " holds a blank or control character"};
    }
    const auto rights = UserRights::parse(fields.rest);
    if (!rights) return Unexpected{*name + ": " + rights.error()};
    return User{std::move(*name), std::string{fields.hash}, *rights, number};
}

}  // namespace

Result<std::string, std::string> checkUserName(std::string_view name) {
    const std::string shown = "'" + text::printable(name, shownLimit) + "'";
    if (name.find('@') != std::string_view::npos) {
        return Unexpected{shown + ": a name stands without its domain"};
    }
    auto canonical = mail::canonicalUsername(name);
    const auto localpart = canonical ? mail::Localpart::parse(*canonical) : std::nullopt;
    // a dot-string decodes to itself: what needs quotes is no name
    if (!localpart || localpart->text() != *canonical) {
        return Unexpected{shown + " cannot be the name of a mailbox (RFC 8265 section 3.3)"};
    }
    if (canonical->find_first_of(":/#") != std::string::npos) {
        return Unexpected{shown + ": a user's name holds no ':', '/' or '#'"};
    }
    return std::move(*canonical);
}

bool isUserLine(std::string_view line) {
    const auto trimmed = text::trim(line);
    return !trimmed.empty() && !trimmed.starts_with('#');
}

UserLine splitUserLine(std::string_view line) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    UserLine fields{line.substr(0, first), line.substr(first + 1), {}};
    if (second != std::string_view::npos) {
        fields.hash = line.substr(first + 1, second - first - 1);
        fields.rest = line.substr(second);
    }
    return fields;
}

Result<UserTable, config::ConfigProblems> UserTable::parse(std::string_view text,
                                                           std::string_view name) {
    UserTable table;
    config::ConfigProblems problems;
    std::map<std::string, std::size_t> lineOf;
    std::size_t number = 0;
    for (const auto line : linesOf(text)) {
        ++number;
        if (!isUserLine(line)) continue;
        const std::string origin = std::string{name} + ":" + std::to_string(number) + ": ";
        auto user = parseLine(line, number);
        if (!user) {
            problems.sentences.push_back(origin + user.error());
            continue;
        }
        const auto [first, isNew] = lineOf.emplace(user->name, number);
        if (!isNew) {
            problems.sentences.push_back(origin + user->name + " stands in line " +
                                         std::to_string(first->second) + " already");
            continue;
        }
        if (text::startsWithIgnoreCase(user->hash, scramScheme)) table.holdsVerifiers_ = true;
        table.byName_.emplace(user->name, table.users_.size());
        table.users_.push_back(std::move(*user));
    }
    if (!problems.sentences.empty()) return Unexpected{std::move(problems)};
    return table;
}

const User* UserTable::find(std::string_view canonicalName) const {
    const auto found = byName_.find(canonicalName);
    return found == byName_.end() ? nullptr : &users_[found->second];
}

}  // namespace postrider::users
