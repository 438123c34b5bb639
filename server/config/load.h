#pragma once

#include "common/base/result.h"
#include "server/config/config.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace postrider::config {

/// `--set key=value`, in order.
using Overrides = std::vector<std::pair<std::string, std::string>>;

/// Everything that is wrong with a configuration, one sentence each: "postrider.properties:12: message.maxsize: unknown key; did you mean
/// message.max_size?". Never empty.
struct ConfigProblems {
    std::vector<std::string> sentences;
};

/// Reads <configDir>/postrider.properties and applies the overrides. Unknown keys, duplicate keys, bad values, lines without `=`, a `#` behind a
/// value: each is a problem with file, line, key, reason and, where there is one, the nearest known key.
Result<Config, ConfigProblems> load(const std::filesystem::path& configDir,
                                    const Overrides& overrides);

}  // namespace postrider::config
