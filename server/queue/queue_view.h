#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace postrider::queue {

/// One recipient that still waits, as the public views show it. Times are ISO 8601, UTC.
struct WaitingRecipient {
    std::string queueId;
    std::string received;
    std::uint64_t size = 0;  ///< octets of the message
    std::string sender;      ///< "<>" for notifications
    std::string recipient;
    std::string state;  ///< "pending" or "held"
    std::string courier;
    std::string nextHop;
    std::uint64_t attempts = 0;
    std::string nextAttempt;  ///< empty when held
    std::string diagnostic;   ///< of the last attempt
};

/// Reads the public views beside the server, or without one. Opens the file for each question. Throws
/// storage::SqliteError. Any thread.
class QueueView {
public:
    explicit QueueView(const std::filesystem::path& dataDir) : file_(dataDir / "queue.db") {}

    /// Oldest message first.
    [[nodiscard]] std::vector<WaitingRecipient> waiting(std::size_t limit) const;

private:
    std::filesystem::path file_;
};

}  // namespace postrider::queue
