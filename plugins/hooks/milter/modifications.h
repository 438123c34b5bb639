#pragma once

#include "common/base/result.h"
#include "common/mail/verdict.h"
#include "plugins/hooks/milter/negotiation.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace postrider::hooks::milter {

/// Gathers what a milter wants changed in one message, within what was agreed on and within bounds:
/// 1000 changes, 16 MiB of new body. One thread.
class Modifications {
public:
    explicit Modifications(const Agreement& agreement) : agreement_(agreement) {}

    /// Pieces of a new body become one. Says what is wrong: then nothing of it may be used.
    Result<Done, std::string> add(mail::Edit edit);
    [[nodiscard]] std::vector<mail::Edit> take() && { return std::move(edits_); }

private:
    Result<Done, std::string> addBody(mail::ReplaceBody& piece);

    const Agreement& agreement_;
    std::vector<mail::Edit> edits_;
    std::optional<std::size_t> body_;  ///< which of the edits it is
};

}  // namespace postrider::hooks::milter
