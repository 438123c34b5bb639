#pragma once

#include "common/base/random.h"
#include "common/base/result.h"

#include <filesystem>
#include <string>

namespace postrider::auth {

/// The secret that made-up SCRAM verifiers are drawn from; made and kept in `file` when there is
/// none yet, so that they stay the same after a restart. Losing it to somebody tells him which
/// names are users, and nothing more. Error: a sentence with the file's name.
Result<std::string, std::string> serverSecret(const std::filesystem::path& file, Random& random);

}  // namespace postrider::auth
