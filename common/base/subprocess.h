#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace postrider {

/// A program to run: argv without a shell, a clean environment, bounded time and output.
struct SubprocessSpec {
    std::vector<std::string>
        argv{};  ///< argv[0] is the program; no '/' in it: looked up in PATH of `environment`
    std::vector<std::string> environment{};  ///< "NAME=value"; nothing else is inherited
    std::string workingDirectory{};          ///< empty: ours
    std::size_t outputLimit =
        std::size_t{64} * 1024;  ///< stdout and stderr together; the rest is read and dropped
};

/// How it ended.
struct SubprocessResult {
    int exitCode = -1;        ///< when it exited by itself, else -1
    int signal = 0;           ///< when a signal ended it
    bool timedOut = false;    ///< the deadline passed: its process group was killed
    std::string output;       ///< stdout, cut at outputLimit
    std::string errorOutput;  ///< stderr, cut at outputLimit
};

/// Reads the next piece of standard input into the buffer; 0 at the end.
using InputSource = std::function<std::size_t(std::span<char>)>;

/// Runs it to its end, feeding stdin while reading stdout and stderr (no pipe dead-lock), in its
/// own process group with default signals, an empty signal mask and no inherited descriptors.
/// Error: the reason the program could not be started ("No such file or directory").
/// A child that closes stdin early is no error. Any thread; posix_spawn, never fork.
Result<SubprocessResult, std::string> runSubprocess(const SubprocessSpec& spec,
                                                    const InputSource& input, Deadline deadline);

}  // namespace postrider
