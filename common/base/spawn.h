#pragma once

#include "common/base/file_descriptor.h"
#include "common/base/result.h"
#include "common/base/subprocess.h"

#include <string>
#include <sys/types.h>

namespace postrider {

/// A program that runs: its number, to be waited for by us, and our ends of its three pipes, which
/// do not block.
struct SpawnedProgram {
    pid_t pid = 0;
    FileDescriptor standardInput;
    FileDescriptor standardOutput;
    FileDescriptor standardError;
};

/// Starts it as runSubprocess() says and does not wait. Error: why it could not be started.
Result<SpawnedProgram, std::string> spawnProgram(const SubprocessSpec& spec);

}  // namespace postrider
