#pragma once

#include "tools/postriderctl/command.h"

#include <string>
#include <vector>

namespace postrider::ctl {

/// Finds the command, sorts its words and runs it. `words` are those of the command line without
/// the program's name; `--config-dir DIR` may stand anywhere and changes the context's folder. What
/// makes no sense is told on `err`: ExitCode::Usage. Exceptions of the storage are told there too.
ExitCode runCommandLine(Context context, const std::vector<std::string>& words);

/// Tells what went wrong, in the form of all messages of this program, and passes the code on.
ExitCode fail(const Context& context, ExitCode code, const std::string& reason);

}  // namespace postrider::ctl
