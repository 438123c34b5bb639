#pragma once

#include "common/base/result.h"
#include "common/base/text_file.h"
#include "server/config/config.h"
#include "server/config/problems.h"

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace postrider::config {

/// `--set key=value`, in order; the last for a key wins.
using Overrides = std::vector<std::pair<std::string, std::string>>;

/// <configDir>/postrider.properties.
[[nodiscard]] std::filesystem::path propertiesFile(const std::filesystem::path& configDir);

/// A configuration as far as it could be understood.
struct Reading {
    Config config;  ///< a default in the place of each value that is not good
    std::vector<std::string> problems;
    /// Keys of which nobody knows what they were to say; what follows from their values is no fact.
    /// Accounts elsewhere, couriers and hooks whose options are among them are left out of
    /// `config`.
    std::set<std::string> doubtful;
    FileStamp stamp;  ///< of the file, before it was read
};

/// Reads <configDir>/postrider.properties (properties.h has its syntax) and applies the overrides,
/// which take the place of the file's values. Unknown keys, duplicate keys, bad values, lines
/// without `=`, a `#` behind a value: each is a problem with file, line, key, reason and, where
/// there is one, the nearest known key. All of them are reported at once, and what is good is there
/// all the same, so that other mistakes can be looked for.
[[nodiscard]] Reading read(const std::filesystem::path& configDir, const Overrides& overrides);

/// The same for who has no use for half a configuration.
Result<Config, ConfigProblems> load(const std::filesystem::path& configDir,
                                    const Overrides& overrides);

/// "postrider.properties:4: listen.smtp: reason": the sentence for a key whose value could be read
/// but, when it comes to using it, does not work. A default has no line: then the key comes first.
[[nodiscard]] std::string complaintAbout(const Config& config, const std::string& key,
                                         const std::string& reason);

}  // namespace postrider::config
