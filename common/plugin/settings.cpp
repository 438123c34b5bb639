#include "common/plugin/settings.h"

#include "common/base/text.h"

#include <array>
#include <optional>
#include <utility>

namespace postrider::plugin {
inline namespace v1 {

std::optional<std::chrono::seconds> parseDuration(std::string_view text) {
    constexpr std::array<std::pair<char, std::uint64_t>, 4> units{
        {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}}};
    constexpr std::uint64_t most = 365ULL * 86400;
    if (text.empty()) return std::nullopt;
    for (const auto& [letter, seconds] : units) {
        if (text.back() != letter) continue;
        const auto count = text::parseUnsigned(text.substr(0, text.size() - 1));
        if (!count || *count == 0 || *count > most / seconds) return std::nullopt;
        return std::chrono::seconds{static_cast<std::int64_t>(*count * seconds)};
    }
    return std::nullopt;
}

Settings::Settings(std::string prefix, std::map<std::string, SettingValue> values,
                   std::filesystem::path configDir, std::string origin)
    : prefix_(std::move(prefix)),
      values_(std::move(values)),
      configDir_(std::move(configDir)),
      origin_(std::move(origin)) {}

const SettingValue* Settings::find(std::string_view key) const {
    std::string name{key};
    const auto found = values_.find(name);
    read_.insert(std::move(name));
    return found == values_.end() ? nullptr : &found->second;
}

std::string Settings::text(std::string_view key) const {
    const SettingValue* value = find(key);
    if (value == nullptr) throw missing(key);
    if (value->text.empty()) throw error(key, "must not be empty");
    return value->text;
}

std::string Settings::text(std::string_view key, std::string_view fallback) const {
    const SettingValue* value = find(key);
    return value == nullptr ? std::string{fallback} : value->text;
}

std::uint64_t Settings::number(std::string_view key, std::uint64_t fallback, std::uint64_t least,
                               std::uint64_t most) const {
    const SettingValue* value = find(key);
    if (value == nullptr) return fallback;
    const auto number = text::parseUnsigned(value->text);
    if (!number || *number < least || *number > most) {
        throw error(key, "is '" + text::printable(value->text, 100) + "', expected a number from " +
                             std::to_string(least) + " to " + std::to_string(most));
    }
    return *number;
}

std::chrono::seconds Settings::duration(std::string_view key, std::chrono::seconds fallback) const {
    const SettingValue* value = find(key);
    if (value == nullptr) return fallback;
    const auto time = parseDuration(value->text);
    if (!time) {
        throw error(key, "is '" + text::printable(value->text, 100) +
                             "', expected a time such as 30s, 5m, 2h or 1d");
    }
    return *time;
}

bool Settings::flag(std::string_view key, bool fallback) const {
    const SettingValue* value = find(key);
    if (value == nullptr) return fallback;
    const std::string word = text::lower(value->text);
    if (word == "yes" || word == "true" || word == "on") return true;
    if (word == "no" || word == "false" || word == "off") return false;
    throw error(key, "is '" + text::printable(value->text, 100) + "', expected yes or no");
}

std::vector<std::string> Settings::list(std::string_view key) const {
    const SettingValue* value = find(key);
    std::vector<std::string> items;
    if (value == nullptr) return items;
    for (const auto piece : text::split(value->text, ',')) {
        const auto item = text::trim(piece);
        if (!item.empty()) items.emplace_back(item);
    }
    return items;
}

bool Settings::has(std::string_view key) const {
    return find(key) != nullptr;
}

ConfigError Settings::error(std::string_view key, std::string_view reason) const {
    const auto found = values_.find(std::string{key});
    const std::string& origin = found == values_.end() ? origin_ : found->second.origin;
    std::string sentence = origin.empty() ? "" : origin + ": ";
    sentence.append(prefix_).append(".").append(key).append(" ").append(reason);
    return ConfigError{sentence};
}

/// Somebody who misspelt the key wants to hear of the line that he wrote.
ConfigError Settings::missing(std::string_view key) const {
    constexpr std::size_t mostMistakes = 2;
    for (const auto& name : unread()) {
        if (text::editDistance(name, key) > mostMistakes) continue;
        return error(name, "is no option; did you mean " + prefix_ + "." + std::string{key} + "?");
    }
    return error(key, "is required and missing");
}

std::vector<std::string> Settings::unread() const {
    std::vector<std::string> keys;
    for (const auto& [key, value] : values_) {
        if (!read_.contains(key)) keys.push_back(key);
    }
    return keys;
}

std::vector<std::string> Settings::asked() const {
    return {read_.begin(), read_.end()};
}

}  // namespace v1
}  // namespace postrider::plugin
