#pragma once

#include "common/base/result.h"
#include "common/plugin/placeholders.h"

#include <string>
#include <string_view>
#include <vector>

namespace postrider::couriers {

/// A command line as configured or as an alias has it, cut into arguments once, before any value is
/// put in. Immutable.
class Command {
public:
    /// Cut at spaces and tabs; '...' is taken as it stands; in "..." a backslash takes the next
    /// character as it stands. Error: the reason, for the operator.
    static Result<Command, std::string> parse(std::string_view line);

    /// The arguments with the values put in. Error: the letter of the value that would make an
    /// argument look like an option.
    [[nodiscard]] Result<std::vector<std::string>, char> fill(
        const plugin::Placeholders& values) const;

private:
    explicit Command(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}
    std::vector<std::string> patterns_;
};

}  // namespace postrider::couriers
