#pragma once

#include "common/storage/sqlite.h"

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

private:
    storage::Database database_;
};

}  // namespace postrider::queue
