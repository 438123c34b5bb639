#pragma once

#include "server/config/config.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Every key of postrider.properties but those of instances (`courier.NAME.*`, `hook.NAME.*`).
namespace postrider::config {

/// How one key changes a Config.
struct Key {
    std::string_view name;
    /// The reason when the value is not good: "expected ...".
    std::optional<std::string> (*apply)(Config& config, std::string_view value);
};

/// Sorted by name.
[[nodiscard]] const std::vector<Key>& knownKeys();
/// Null for an unknown one.
[[nodiscard]] const Key* findKey(std::string_view name);

/// The word that a typing error may have been meant for: at most a quarter of its letters differ,
/// or two.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& words);
/// "; did you mean message.max_size?", or nothing.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string>& words);

}  // namespace postrider::config
