#pragma once

#include "common/storage/sqlite.h"
#include "server/queue/queue_store.h"
#include "server/queue/spool_folder.h"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

namespace postrider::queue {

/// A row holds what the server never wrote. What comes out of the database is input like any other.
class DamagedRow : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Row ids of due recipients that query.skip does not pass over, oldest first.
[[nodiscard]] std::vector<std::int64_t> chooseDue(storage::Database& reader, const DueQuery& query);

/// One of them; nothing when it is not due any more. Throws DamagedRow.
[[nodiscard]] std::optional<DueRecipient> readDueRecipient(storage::Database& reader,
                                                           std::int64_t rowId, std::int64_t now);

/// The earliest next_attempt_at.
[[nodiscard]] std::optional<WallTime> readNextDue(storage::Database& reader);

/// Whether a recipient waits beyond that time who need not wait for its release (RFC 4865).
[[nodiscard]] bool anyoneWaitsBeyond(storage::Database& reader, std::int64_t latest,
                                     std::int64_t now);
/// Makes them due now; how many.
std::int64_t makeDueBeyond(storage::Database& database, std::int64_t latest, std::int64_t now);

/// An unfinished message. Throws DamagedRow, also when its spool file is missing or damaged.
[[nodiscard]] std::optional<StoredMessage> readMessage(storage::Database& reader,
                                                       const mail::QueueId& id,
                                                       const SpoolFolder& spool);

/// All but `messages`.
[[nodiscard]] QueueTotals readTotals(storage::Database& reader, std::int64_t now);

/// Deletes some finished messages with all that hangs on them; how many.
std::int64_t deleteMessagesFinishedBefore(storage::Database& database, std::int64_t time);

}  // namespace postrider::queue
