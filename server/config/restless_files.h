#pragma once

#include "common/base/file_watch.h"

#include <filesystem>
#include <optional>
#include <string>

namespace postrider::config {

/// The sentence for the operator about a file that is written to again and again, so that nothing
/// that was changed can count; nothing as long as it is not worth one.
[[nodiscard]] std::optional<std::string> complaintAboutRestless(
    const FileWatch& watch, const std::filesystem::path& configDir, SteadyTime now);

}  // namespace postrider::config
