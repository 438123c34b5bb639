#pragma once

#include "common/storage/sqlite.h"
#include "server/queue/queued_message.h"

#include <cstdint>
#include <optional>
#include <string>

namespace postrider::queue {

/// What the end of a message leaves to do after the commit.
struct Finished {
    std::optional<std::string> spoolName;  ///< the file to delete
};

/// The row id of a message; nothing when it is unknown.
[[nodiscard]] std::optional<std::int64_t> findMessage(storage::Database& database,
                                                      const std::string& queueId);

/// Writes one attempt and what it means for its recipient. False when it changed nothing: the
/// recipient is not pending any more (and not delivered now), or not of this message.
bool settleRecipient(storage::Database& database, std::int64_t messageId,
                     const RecipientOutcome& outcome);

/// Deletes the content and finishes the message when every recipient is settled; nothing otherwise.
std::optional<Finished> finishIfSettled(storage::Database& database, std::int64_t messageId,
                                        std::int64_t now);

[[nodiscard]] std::string_view toString(RecipientState state);

}  // namespace postrider::queue
