#pragma once

#include "common/base/result.h"
#include "tools/postriderctl/command.h"

#include <filesystem>
#include <string>

namespace postrider::ctl {

/// A file in the data folder that the configuration names ("queue.db"). Error: the code, after the
/// reason was told.
Result<std::filesystem::path, ExitCode> dataFile(const Context& context, const std::string& name);

}  // namespace postrider::ctl
