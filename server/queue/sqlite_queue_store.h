#pragma once

#include "common/storage/group_writer.h"
#include "server/queue/actions.h"
#include "server/queue/message_rows.h"
#include "server/queue/queue_lock.h"
#include "server/queue/queue_store.h"
#include "server/queue/reader_pool.h"
#include "server/queue/spool_folder.h"

#include <atomic>
#include <mutex>

namespace postrider::queue {

/// The queue in SQLite and its spool folder; see QueueStore. Locks inside.
class SqliteQueueStore final : public QueueStore {
public:
    SqliteQueueStore(const QueueStoreOptions& options, const Clock& clock, Log& log,
                     Metrics& metrics);

    Result<Done, StoreError> put(const NewMessage& message,
                                 const NewMessage* report = nullptr) override;
    std::vector<DueRecipient> due(const DueQuery& query) override;
    std::optional<WallTime> nextDue() override;
    std::optional<StoredMessage> load(const mail::QueueId& id) override;
    Result<Done, StoreError> settle(const Settlement& settlement) override;
    std::vector<ActionDone> carryOutActions() override;
    std::int64_t bringForward(WallTime latest) override;
    void purgeHistory() override;
    QueueTotals totals() override;

private:
    /// Takes a place among the unfinished messages and gives it back unless kept.
    class Place;

    storage::Database openDatabase(Log& log, Metrics& metrics);
    std::optional<ActionDone> carryOutOne(const Action& action);
    void forget(const std::optional<Finished>& finished);

    const QueueStoreOptions options_;
    const Clock& clock_;
    Log& log_;
    const QueueLock lock_;
    const SpoolFolder spool_;
    std::atomic<std::uint64_t> unfinished_{0};
    storage::GroupWriter writer_;
    ReaderPool readers_;

    std::mutex actionMutex_;  ///< guards the two below
    storage::Database actionReader_;
    std::int64_t actionVersion_ = -1;
};

}  // namespace postrider::queue
