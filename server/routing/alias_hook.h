#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "server/routing/alias_table.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::routing {

/// The operator's own program for aliases, <config-dir>/hooks/alias-resolve, as chasquid runs it.
///
/// Its only argument is an address in a domain of ours, canonical, the domain in U-labels: first as
/// it was written, then, when it knows nothing, without suffix and dropped characters, and as
/// `*@domain` for the catch-all. What it prints is the right
/// side of an alias line: targets beside those of the file; nothing when it knows no such alias. A
/// status other than 0, output that is no such line, no end within five seconds, a file that cannot
/// be run: each means that nobody knows now who gets the mail, never that nobody does. It runs in
/// the configuration folder with PATH as its whole environment. Immutable; any thread.
class AliasHook {
public:
    /// Nothing where there is no such file.
    static std::optional<AliasHook> find(const std::filesystem::path& configDir);
    [[nodiscard]] static std::filesystem::path fileIn(const std::filesystem::path& configDir);

    /// The targets of `name` (canonical, or `*`) in `domain`. Error: a sentence for log and
    /// journal.
    [[nodiscard]] Result<std::vector<AliasTarget>, std::string> ask(std::string_view name,
                                                                    const mail::Domain& domain,
                                                                    Deadline deadline) const;
    /// Why the file can never be run; empty when it can.
    [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

    static constexpr std::chrono::seconds timeLimit{5};

private:
    AliasHook(std::filesystem::path file, std::string fault)
        : file_(std::move(file)), fault_(std::move(fault)) {}

    std::filesystem::path file_;
    std::string fault_;
};

}  // namespace postrider::routing
