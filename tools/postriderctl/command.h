#pragma once

#include "tools/postriderctl/exit_code.h"
#include "tools/postriderctl/terminal.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::ctl {

/// What a command works with.
struct Context {
    std::filesystem::path configDir;
    Terminal& terminal;
    std::ostream& out;
    std::ostream& err;
    /// How long a command waits for the server to carry out what it wrote down.
    std::chrono::milliseconds patience{10'000};
};

/// The words behind a command's name, sorted out.
struct Arguments {
    std::vector<std::string> operands;
    std::set<std::string, std::less<>> flags;  ///< "--password-stdin"
    /// Options that have a value: "--scheme" and "yescrypt".
    std::map<std::string, std::string, std::less<>> options{};
};

/// One command. Its run() is in the file of its name: `user add` in user_add.cpp.
struct Command {
    std::string_view name;
    std::string_view usage;    ///< operands and flags, as help shows them
    std::string_view summary;  ///< one line
    std::size_t leastOperands = 0;
    std::size_t mostOperands = 0;
    std::vector<std::string_view> flags;  ///< and options
    ExitCode (*run)(Context& context, const Arguments& arguments);
};

}  // namespace postrider::ctl
