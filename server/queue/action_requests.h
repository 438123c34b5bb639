#pragma once

#include "common/base/result.h"
#include "common/storage/sqlite.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::queue {

/// An operator's wish, as a row of the table `action`.
struct ActionRequest {
    std::string verb;
    std::optional<std::string> queueId = std::nullopt;  ///< for all verbs but flush, forget
    std::optional<std::string> nextHop = std::nullopt;  ///< for reroute, flush and forget
    std::optional<std::string> courier =
        std::nullopt;  ///< for reroute and flush; left out: as it is, or any
    std::string requestedBy = {};
};

/// Writes an operator's wishes into the table `action`, where the server finds them within a second
/// (ARCHITECTURE decision 13), and reads what came of them. Throws storage::SqliteError, also when
/// there is no such file. One thread.
class ActionRequests {
public:
    /// `file`: <dataDir>/queue.db
    explicit ActionRequests(const std::filesystem::path& file);

    /// The number of the wish. Error: the table's reason for not taking it ("action: no message has
    /// this queue_id; see the view queue").
    Result<std::int64_t, std::string> write(const ActionRequest& request);
    /// What the server wrote; nothing while it has not come to it.
    [[nodiscard]] std::optional<std::string> result(std::int64_t number);

private:
    storage::Database database_;
};

}  // namespace postrider::queue
