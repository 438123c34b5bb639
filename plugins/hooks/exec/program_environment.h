#pragma once

#include "common/mail/message_view.h"

#include <filesystem>
#include <string>
#include <vector>

namespace postrider::hooks {

/// "NAME=value" for a program that is asked about a message; nothing else of ours gets there. The
/// names are chasquid's, and RCPT_TO_RESOLVED, LISTENER and QUEUE_ID besides; README.md says what
/// each holds. SPF_PASS is 0 until there is a result of SPF.
[[nodiscard]] std::vector<std::string> environmentFor(const mail::MessageView& message,
                                                      const std::filesystem::path& workingFolder);

}  // namespace postrider::hooks
