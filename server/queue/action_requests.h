#pragma once

#include "common/base/result.h"
#include "common/storage/sqlite.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::queue {

/// Writes an operator's wishes into the table `action`, where the server finds them within a second
/// (ARCHITECTURE decision 13), and reads what came of them. Throws storage::SqliteError, also when
/// there is no such file. One thread.
class ActionRequests {
public:
    /// `file`: <dataDir>/queue.db
    explicit ActionRequests(const std::filesystem::path& file);

    /// The number of the wish. Error: the table's reason for not taking it ("action: no message has
    /// this queue_id; see the view queue").
    Result<std::int64_t, std::string> write(std::string_view verb, std::string_view queueId,
                                            std::string_view requestedBy);
    /// What the server wrote; nothing while it has not come to it.
    [[nodiscard]] std::optional<std::string> result(std::int64_t number);

private:
    storage::Database database_;
};

}  // namespace postrider::queue
