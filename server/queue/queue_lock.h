#pragma once

#include <filesystem>

namespace postrider::queue {

/// Keeps a second server off the same queue: an flock on <dataDir>/queue.lock, which holds our
/// process id. Ends with the object or the process, however it dies.
class QueueLock {
public:
    /// Throws std::system_error that names the file and, when another server has it, its process
    /// id.
    explicit QueueLock(const std::filesystem::path& dataDir);
    QueueLock(const QueueLock&) = delete;
    QueueLock& operator=(const QueueLock&) = delete;
    ~QueueLock();

private:
    int fd_;
};

}  // namespace postrider::queue
