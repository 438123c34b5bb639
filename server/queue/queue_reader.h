#pragma once

#include "common/storage/sqlite.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

/// What a question brought: text for people, one row each.
struct QueueTable {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
};

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

/// Reads the public views of queue.db, beside a running server or without one. Never writes. Throws
/// storage::SqliteError, also when there is no such file. One thread.
class QueueReader {
public:
    /// `file`: <dataDir>/queue.db
    explicit QueueReader(const std::filesystem::path& file);

    /// Messages that are not finished, oldest first.
    [[nodiscard]] QueueTable messages();
    /// Of one message, finished ones too: what is known of it in general (one row or none), its
    /// recipients, and every attempt.
    [[nodiscard]] QueueTable message(std::string_view queueId);
    [[nodiscard]] QueueTable recipients(std::string_view queueId);
    [[nodiscard]] QueueTable attempts(std::string_view queueId);
    /// Pending and held recipients, of the oldest message first.
    [[nodiscard]] std::vector<WaitingRecipient> waiting(std::size_t limit);

private:
    storage::Database database_;
};

}  // namespace postrider::queue
