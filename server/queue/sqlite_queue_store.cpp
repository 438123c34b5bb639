#include "server/queue/sqlite_queue_store.h"

#include "server/queue/queue_audit.h"
#include "server/queue/schema.h"
#include "server/queue/stored_rows.h"

#include <utility>

namespace postrider::queue {

namespace {

constexpr std::size_t mostReaders = 6;

StoreError storeErrorOf(const storage::WriteFailure& failure) {
    switch (failure.kind) {
        case storage::WriteFailure::Kind::Full:
            return {StoreError::Kind::Full, failure.reason};
        case storage::WriteFailure::Kind::Busy:
        case storage::WriteFailure::Kind::Stopping:
            return {StoreError::Kind::Busy, failure.reason};
        case storage::WriteFailure::Kind::Refused:
            return {StoreError::Kind::Broken, failure.reason};
    }
    return {StoreError::Kind::Broken, failure.reason};
}

/// Rows for the caller's thread to prepare: a body that cannot be read is Broken.
Result<MessageRows, StoreError> prepareRows(const NewMessage& message, const SpoolFolder& spool) {
    try {
        return MessageRows{message, spool};
    } catch (const std::runtime_error& error) {
        return Unexpected{StoreError{StoreError::Kind::Broken, error.what()}};
    }
}

}  // namespace

class SqliteQueueStore::Place {
public:
    explicit Place(std::atomic<std::uint64_t>& count) : count_(count), taken_(++count) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        if (!kept_) --count_;
    }
    [[nodiscard]] std::uint64_t number() const noexcept { return taken_; }
    void keep() noexcept { kept_ = true; }

private:
    std::atomic<std::uint64_t>& count_;
    std::uint64_t taken_;
    bool kept_ = false;
};

std::unique_ptr<QueueStore> QueueStore::open(const QueueStoreOptions& options, const Clock& clock,
                                             Log& log, Metrics& metrics) {
    return std::make_unique<SqliteQueueStore>(options, clock, log, metrics);
}

SqliteQueueStore::SqliteQueueStore(const QueueStoreOptions& options, const Clock& clock, Log& log,
                                   Metrics& metrics)
    : options_(options),
      clock_(clock),
      log_(log),
      lock_(options.dataDir),
      spool_(options.dataDir / "spool"),
      writer_(openDatabase(log, metrics), {}, metrics),
      readers_(options.dataDir / "queue.db", mostReaders),
      actionReader_(storage::Database::open(options.dataDir / "queue.db",
                                            {.mode = storage::DatabaseOptions::Mode::ReadOnly})) {}

storage::Database SqliteQueueStore::openDatabase(Log& log, Metrics& metrics) {
    auto database = storage::Database::open(options_.dataDir / "queue.db", {});
    storage::migrate(database, queueMigrations());
    auditQueue(database, spool_, log, metrics);
    unfinished_ = static_cast<std::uint64_t>(
        database.queryInteger("SELECT count(*) FROM message WHERE finished_at IS NULL"));
    return database;
}

Result<Done, StoreError> SqliteQueueStore::put(const NewMessage& message,
                                               const NewMessage* report) {
    Place place{unfinished_};
    if (place.number() > options_.maxMessages) {
        return Unexpected{
            StoreError{StoreError::Kind::TooManyMessages,
                       "queue.max_messages is reached: " + std::to_string(options_.maxMessages)}};
    }
    const auto rows = prepareRows(message, spool_);
    if (!rows) return Unexpected{rows.error()};
    std::optional<MessageRows> reportRows;
    if (report != nullptr) {
        auto prepared = prepareRows(*report, spool_);
        if (!prepared) return Unexpected{prepared.error()};
        reportRows.emplace(*std::move(prepared));
    }
    const auto written = writer_.write(
        [&](storage::Database& database) {
            rows->insert(database);
            if (reportRows) reportRows->insert(database);
        },
        rows->octets() + (reportRows ? reportRows->octets() : 0));
    if (!written) return Unexpected{storeErrorOf(written.error())};
    place.keep();
    if (reportRows) ++unfinished_;
    return Done{};
}

std::vector<DueRecipient> SqliteQueueStore::due(const DueQuery& query) {
    const std::int64_t now = unixSeconds(query.now);
    const auto reader = readers_.borrow();
    const std::vector<std::int64_t> chosen = chooseDue(*reader, query);

    // Looked at anew: a recipient that was settled and forgotten as "in flight" since the first
    // look began must not be handed out again.
    const storage::ReadTransaction snapshot{*reader};
    std::vector<DueRecipient> found;
    found.reserve(chosen.size());
    for (const std::int64_t rowId : chosen) {
        try {
            if (auto recipient = readDueRecipient(*reader, rowId, now))
                found.push_back(*std::move(recipient));
        } catch (const DamagedRow& damage) {
            log_.error("queue-audit",
                       {{"recipient", std::to_string(rowId)}, {"fault", damage.what()}});
        }
    }
    return found;
}

std::optional<WallTime> SqliteQueueStore::nextDue() {
    const auto reader = readers_.borrow();
    return readNextDue(*reader);
}

std::optional<StoredMessage> SqliteQueueStore::load(const mail::QueueId& id) {
    const auto reader = readers_.borrow();
    return readMessage(*reader, id, spool_);
}

Result<Done, StoreError> SqliteQueueStore::settle(const Settlement& settlement) {
    std::optional<MessageRows> dsn;
    if (settlement.dsn) {
        auto rows = prepareRows(*settlement.dsn, spool_);
        if (!rows) return Unexpected{rows.error()};
        dsn.emplace(*std::move(rows));
    }
    bool dsnWritten = false;
    std::optional<Finished> finished;
    const std::int64_t now = unixSeconds(clock_.now());
    const auto work = [&](storage::Database& database) {
        const auto messageId = findMessage(database, settlement.id.toString());
        if (!messageId) return;
        bool changed = false;
        for (const RecipientOutcome& outcome : settlement.outcomes) {
            changed = settleRecipient(database, *messageId, outcome) || changed;
        }
        dsnWritten = changed && dsn.has_value();
        if (dsnWritten) dsn->insert(database);
        finished = finishIfSettled(database, *messageId, now);
    };
    const auto written = writer_.write(work, dsn ? dsn->octets() : 0, storage::Urgency::Soon);
    if (!written) return Unexpected{storeErrorOf(written.error())};
    if (dsnWritten) ++unfinished_;
    forget(finished);
    return Done{};
}

void SqliteQueueStore::forget(const std::optional<Finished>& finished) {
    if (!finished) return;
    --unfinished_;
    if (finished->spoolName) spool_.remove(*finished->spoolName);
}

std::vector<ActionDone> SqliteQueueStore::carryOutActions() {
    const std::lock_guard lock{actionMutex_};
    const std::int64_t version = actionReader_.queryInteger("PRAGMA data_version");
    if (version == actionVersion_) return {};
    const std::vector<Action> waiting = waitingActions(actionReader_);
    std::vector<ActionDone> done;
    done.reserve(waiting.size());
    for (const Action& action : waiting) {
        auto one = carryOutOne(action);
        if (!one) break;
        done.push_back(*std::move(one));
    }
    // With rows in hand there may be more of them: look again next time, whatever the version.
    actionVersion_ = waiting.empty() ? version : -1;
    return done;
}

/// Nothing when it could not be written down now: it waits and is tried again.
std::optional<ActionDone> SqliteQueueStore::carryOutOne(const Action& action) {
    const std::int64_t now = unixSeconds(clock_.now());
    ActionResult result;
    const auto written = writer_.write(
        [&](storage::Database& database) { result = carryOut(database, action, now); });
    if (written) {
        forget(result.finished);
    } else {
        if (written.error().kind != storage::WriteFailure::Kind::Refused) return std::nullopt;
        result = {"refused: " + written.error().reason, std::nullopt};
        const auto noted = writer_.write(
            [&](storage::Database& database) { writeResult(database, action, now, result.text); });
        if (!noted) return std::nullopt;
    }
    return ActionDone{.id = action.id,
                      .verb = action.verb,
                      .target = action.target(),
                      .by = action.requestedBy,
                      .result = result.text};
}

std::int64_t SqliteQueueStore::bringForward(WallTime latest) {
    const std::int64_t now = unixSeconds(clock_.now());
    {
        const auto reader = readers_.borrow();
        if (!anyoneWaitsBeyond(*reader, unixSeconds(latest), now)) return 0;
    }
    std::int64_t count = 0;
    const auto written = writer_.write([&](storage::Database& database) {
        count = makeDueBeyond(database, unixSeconds(latest), now);
    });
    return written ? count : 0;
}

void SqliteQueueStore::purgeHistory() {
    const std::int64_t before = unixSeconds(clock_.now() - options_.history);
    std::int64_t deleted = 1;
    while (deleted > 0) {
        const auto written = writer_.write([&](storage::Database& database) {
            deleteActionsBefore(database, before);
            deleted = deleteMessagesFinishedBefore(database, before);
        });
        if (!written) return;
    }
}

QueueTotals SqliteQueueStore::totals() {
    const auto reader = readers_.borrow();
    QueueTotals totals = readTotals(*reader, unixSeconds(clock_.now()));
    totals.messages = unfinished_;
    return totals;
}

}  // namespace postrider::queue
