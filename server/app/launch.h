#pragma once

#include "common/base/file_descriptor.h"

#include <optional>
#include <string_view>

namespace postrider::app {

/// Lets the process that was called with --daemon stay until the daemon has started, or has told
/// why it cannot: its caller gets the sentences on standard error and the exit status. Without
/// begin() nothing happens. One thread.
class Launch {
public:
    /// Forks, before there are threads. In the one that was called: waits, and returns the exit
    /// status to end with. In the other: nothing.
    std::optional<int> begin();
    /// What the caller is to read; a line without its end.
    void say(std::string_view sentence) const;
    /// Lets the caller go, 0 when the daemon has started.
    void end(int status);

private:
    [[nodiscard]] static int waitFor(const FileDescriptor& daemon);

    FileDescriptor caller_;
};

}  // namespace postrider::app
