#include "server/users/user_rights.h"

#include "common/base/text.h"
#include "server/config/values.h"

#include <algorithm>
#include <vector>

namespace postrider::users {

namespace {

constexpr std::string_view prefix = "userdb_postrider_";
/// uid, gid, gecos, home and shell stand in front of the extra fields.
constexpr std::size_t colonsBefore = 6;

/// Where the extra fields begin; npos when there are none.
std::size_t extraFieldsAt(std::string_view rest) {
    std::size_t at = 0;
    for (std::size_t colons = 0; colons < colonsBefore; ++colons) {
        at = rest.find(':', at);
        if (at == std::string_view::npos) return at;
        ++at;
    }
    return at;
}

std::vector<std::string_view> extraFieldsOf(std::string_view rest) {
    const auto at = extraFieldsAt(rest);
    if (at == std::string_view::npos) return {};
    auto fields = text::split(rest.substr(at), ' ');
    std::erase(fields, std::string_view{});
    return fields;
}

Result<Done, std::string> setFlag(bool& flag, std::string_view value, bool byDefault) {
    if (value.empty()) {
        flag = byDefault;
        return Done{};
    }
    const auto parsed = config::parseFlag(value);
    if (!parsed) return Unexpected{parsed.error()};
    flag = *parsed;
    return Done{};
}

Result<Done, std::string> setSize(std::optional<std::uint64_t>& size, std::string_view value) {
    size.reset();
    if (value.empty()) return Done{};
    const auto parsed = config::parseSize(value);
    if (!parsed) return Unexpected{parsed.error()};
    size = *parsed;
    return Done{};
}

Result<Done, std::string> setCount(std::optional<std::size_t>& count, std::string_view value) {
    constexpr std::uint64_t most = 1'000'000;
    count.reset();
    if (value.empty()) return Done{};
    const auto parsed = config::parseCount(value, 1, most);
    if (!parsed) return Unexpected{parsed.error()};
    count = *parsed;
    return Done{};
}

}  // namespace

Result<Done, std::string> setRight(UserRights& rights, std::string_view name,
                                   std::string_view value) {
    if (name == "disabled") return setFlag(rights.disabled, value, false);
    if (name == "send") return setFlag(rights.send, value, true);
    if (name == "receive") return setFlag(rights.receive, value, true);
    if (name == "max_size") return setSize(rights.maxSize, value);
    if (name == "max_recipients") return setCount(rights.maxRecipients, value);
    return Unexpected{std::string{"there are disabled, send, receive, max_size, max_recipients"}};
}

Result<UserRights, std::string> UserRights::parse(std::string_view rest) {
    UserRights rights;
    for (const auto field : extraFieldsOf(rest)) {
        if (!field.starts_with(prefix)) continue;
        const auto equals = std::min(field.find('='), field.size());
        const auto name = field.substr(prefix.size(), equals - prefix.size());
        const auto value = field.substr(std::min(equals + 1, field.size()));
        const auto set = setRight(rights, name, value);
        if (!set) return Unexpected{"'" + text::printable(field, 80) + "': " + set.error()};
    }
    return rights;
}

std::string withRight(std::string_view rest, std::string_view name, std::string_view value) {
    const std::string key = std::string{prefix} + std::string{name};
    std::vector<std::string> kept;
    for (const auto field : extraFieldsOf(rest)) {
        if (field != key && !field.starts_with(key + "=")) kept.emplace_back(field);
    }
    if (!value.empty()) kept.push_back(key + "=" + std::string{value});

    const auto at = extraFieldsAt(rest);
    std::string changed{rest.substr(0, at)};
    if (kept.empty() && at == std::string_view::npos) return changed;
    const auto colons = std::count(changed.begin(), changed.end(), ':');
    changed.append(colonsBefore - static_cast<std::size_t>(colons), ':');
    return changed + text::join(kept, " ");
}

}  // namespace postrider::users
