#pragma once

#include "common/storage/sqlite.h"
#include "server/queue/queued_message.h"
#include "server/queue/settle_rows.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postrider::queue {

/// One row of the table `action`, as an operator wrote it.
struct Action {
    std::int64_t id = 0;
    std::string verb;
    std::string queueId;
    std::string nextHop;
    std::optional<std::string> courier;
    std::string requestedBy;

    /// The queue id, or the next hop of a flush, or the domain to forget.
    [[nodiscard]] const std::string& target() const { return queueId.empty() ? nextHop : queueId; }
};

/// Those that wait, oldest first, at most 100.
[[nodiscard]] std::vector<Action> waitingActions(storage::Database& database);

/// What came of an action.
struct ActionResult {
    std::string text;                  ///< a sentence for the operator
    std::optional<Finished> finished;  ///< the message came to its end by it
};

/// Carries one out and writes down its result, in the caller's transaction. Throws SqliteError.
ActionResult carryOut(storage::Database& database, const Action& action, std::int64_t now);

/// Writes down a result, also of what could not be carried out.
void writeResult(storage::Database& database, const Action& action, std::int64_t now,
                 const std::string& text);

/// Forgets what was done before that time.
void deleteActionsBefore(storage::Database& database, std::int64_t time);

}  // namespace postrider::queue
