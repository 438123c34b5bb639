#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::plugin {
inline namespace v1 {

/// The configuration of one instance is wrong. what() is the sentence for the operator, with file,
/// line and key in front.
class ConfigError : public std::runtime_error {
public:
    explicit ConfigError(const std::string& sentence) : std::runtime_error(sentence) {}
};

/// One option as the file has it.
struct SettingValue {
    std::string text;
    std::string origin;  ///< "postrider.properties:12"

    friend bool operator==(const SettingValue&, const SettingValue&) = default;
};

/// A whole number with s, m, h or d behind it; at least a second, at most 365 days.
[[nodiscard]] std::optional<std::chrono::seconds> parseDuration(std::string_view text);

/// The options of one courier or hook instance (`courier.NAME.*`): typed; every key must be read,
/// so that a typo is found at start. Only the factory's thread uses it.
class Settings {
public:
    /// `prefix`: "courier.local"; the values by key without prefix, "plugin" not among them;
    /// `origin`: where the instance is defined, for complaints about keys that are not there.
    Settings(std::string prefix, std::map<std::string, SettingValue> values,
             std::filesystem::path configDir, std::string origin = {});

    /// Each getter throws ConfigError for a bad value, naming origin, key and what was expected.
    [[nodiscard]] std::string text(std::string_view key) const;  ///< required, not empty
    [[nodiscard]] std::string text(std::string_view key, std::string_view fallback) const;
    [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t fallback,
                                       std::uint64_t least, std::uint64_t most) const;
    /// As parseDuration() reads it.
    [[nodiscard]] std::chrono::seconds duration(std::string_view key,
                                                std::chrono::seconds fallback) const;
    [[nodiscard]] bool flag(std::string_view key,
                            bool fallback) const;  ///< yes no, true false, on off
    [[nodiscard]] std::vector<std::string> list(
        std::string_view key) const;  ///< comma-separated, trimmed
    [[nodiscard]] bool has(std::string_view key) const;

    /// The error to throw when a value that could be read makes no sense.
    [[nodiscard]] ConfigError error(std::string_view key, std::string_view reason) const;
    /// Options that nobody asked for, without prefix; the host refuses to start with any.
    [[nodiscard]] std::vector<std::string> unread() const;
    /// Options that were asked for so far, without prefix: those that there are.
    [[nodiscard]] std::vector<std::string> asked() const;
    [[nodiscard]] const std::filesystem::path& configDir() const noexcept { return configDir_; }
    [[nodiscard]] const std::string& prefix() const noexcept { return prefix_; }

private:
    [[nodiscard]] const SettingValue* find(std::string_view key) const;
    [[nodiscard]] ConfigError missing(std::string_view key) const;

    std::string prefix_;
    std::map<std::string, SettingValue> values_;
    std::filesystem::path configDir_;
    std::string origin_;
    mutable std::set<std::string> read_;
};

}  // namespace v1
}  // namespace postrider::plugin
