#pragma once

#include "common/base/clock.h"
#include "common/base/file_descriptor.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>

namespace postrider::monitoring {

/// Cuts connections that last too long, whatever their peer sends and however slowly: POCO's own
/// timeouts begin anew at each octet. Locks inside; one thread of its own.
class ConnectionWatch {
public:
    explicit ConnectionWatch(std::chrono::milliseconds limit);
    ConnectionWatch(const ConnectionWatch&) = delete;
    ConnectionWatch& operator=(const ConnectionWatch&) = delete;
    ~ConnectionWatch();

    /// Watches a connected socket from now on; the descriptor stays the caller's.
    [[nodiscard]] std::uint64_t add(int descriptor);
    void remove(std::uint64_t ticket);
    /// Cuts all of them now, and every later one at once.
    void cutAll();

private:
    struct Watched {
        FileDescriptor
            descriptor;  ///< a duplicate: never a stranger's, even after the owner closed
        SteadyTime until;
    };

    void run(const std::stop_token& stop);
    void cutOverdue();

    const std::chrono::milliseconds limit_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::uint64_t, Watched> watched_;  ///< by age: the first is cut first
    std::uint64_t next_ = 1;
    bool closing_ = false;
    std::jthread thread_;
};

}  // namespace postrider::monitoring
