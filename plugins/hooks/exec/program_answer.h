#pragma once

#include "common/base/subprocess.h"
#include "common/mail/verdict.h"

namespace postrider::hooks {

/// What a program's end means (ExecHook). `outputLimit`: as the program was run with; one that
/// printed and complained as much as that, or more, printed too much. Throws std::runtime_error
/// with the sentence for log and journal when the program failed or printed what is no header
/// field.
[[nodiscard]] mail::MessageVerdict answerOf(const SubprocessResult& result,
                                            std::size_t outputLimit);

}  // namespace postrider::hooks
