#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <string>
#include <vector>

namespace postrider::config {

/// The folders in a folder, sorted by name, without those whose name begins with a dot. Links count
/// as what they lead to, and as folders when that cannot be looked at: what is read from them then
/// tells why. A folder that does not exist has none. Error: the system's reason.
Result<std::vector<std::filesystem::path>, std::string> subfolders(
    const std::filesystem::path& folder);

}  // namespace postrider::config
