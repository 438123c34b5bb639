#pragma once

#include "common/base/result.h"

#include <istream>
#include <ostream>
#include <string>
#include <string_view>

namespace postrider::ctl {

/// Where passwords come from.
class Terminal {
public:
    virtual ~Terminal() = default;
    /// One line from standard input, for scripts.
    virtual Result<std::string, std::string> readLine() = 0;
    /// Asks on the terminal without showing what is typed. Error: there is no terminal.
    virtual Result<std::string, std::string> askSecret(std::string_view prompt) = 0;
};

/// The real one.
class SystemTerminal final : public Terminal {
public:
    SystemTerminal(std::istream& in, std::ostream& prompts) : in_(in), prompts_(prompts) {}
    Result<std::string, std::string> readLine() override;
    Result<std::string, std::string> askSecret(std::string_view prompt) override;

private:
    std::istream& in_;
    std::ostream& prompts_;
};

}  // namespace postrider::ctl
