#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/result.h"
#include "common/mail/content.h"
#include "common/mail/envelope.h"
#include "common/mail/queue_id.h"
#include "server/queue/queued_message.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::queue {

/// Why the queue did not take a message or an outcome. Nothing of it was stored.
struct StoreError {
    enum class Kind { Full, TooManyMessages, Busy, Broken };
    Kind kind = Kind::Broken;  ///< Full, TooManyMessages: 452 4.3.1; else 451 4.3.0
    std::string reason;
};

struct QueueStoreOptions {
    std::filesystem::path dataDir;          ///< holds queue.db and spool/
    std::uint64_t maxMessages = 1'000'000;  ///< queue.max_messages: unfinished ones
    std::chrono::seconds history{30 * 24 *
                                 3600};  ///< queue.history: how long finished messages stay visible
};

/// As much of a due recipient as is needed to pass it over cheaply.
struct DueCandidate {
    std::int64_t rowId = 0;
    std::string courier;
    std::string nextHop;
};

/// Which recipients to hand out next.
struct DueQuery {
    WallTime now;
    std::size_t limit = 200;
    /// True for recipients to pass over: in flight, or their destination is at its cap or backing
    /// off. Called on the caller's thread for each candidate in turn. A recipient may be forgotten
    /// as "in flight" as soon as settle() has returned: it is not handed out again.
    std::function<bool(const DueCandidate&)> skip;
};

/// The queue: every accepted message and what became of each recipient. All SQL of the server lives
/// in this folder. Thread-safe: writes go through one group-commit thread, reads through
/// short-lived reader connections; no transaction is open outside a call.
class QueueStore {
public:
    /// Opens or creates <dataDir>/queue.db, migrates it, sweeps orphan spool files, audits the
    /// states (what it finds goes to the log and to postrider_queue_audit_faults). Holds
    /// <dataDir>/queue.lock: two servers on one queue are refused. dataDir must exist. Throws
    /// storage::SqliteError, storage::SchemaTooNew or std::system_error with a text for the
    /// operator.
    static std::unique_ptr<QueueStore> open(const QueueStoreOptions& options, const Clock& clock,
                                            Log& log, Metrics& metrics);
    virtual ~QueueStore() = default;

    /// One commit holds envelope, recipients and content; after it the message is ours (RFC 5321
    /// section 6.1). A content that is a file must lie in <dataDir>/spool and be synced already;
    /// the queue deletes it in the end. `report`, where there is one, is put in the same commit;
    /// like every notification of ours it is taken even when there are too many messages.
    virtual Result<Done, StoreError> put(const NewMessage& message,
                                         const NewMessage* report = nullptr) = 0;

    /// Pending recipients whose time has come, oldest first.
    virtual std::vector<DueRecipient> due(const DueQuery& query) = 0;
    /// When the next pending recipient becomes due; nothing when none is pending.
    virtual std::optional<WallTime> nextDue() = 0;

    /// Envelope and content; nothing when the message is finished or unknown. Throws
    /// std::runtime_error when the stored content is missing or damaged.
    virtual std::optional<StoredMessage> load(const mail::QueueId& id) = 0;

    /// Writes outcomes and, in the same transaction, the DSN that they cause. A recipient that is
    /// no longer pending (held or removed by an operator meanwhile) keeps its state unless it was
    /// delivered; when all of them are so, no DSN is written. The last settled recipient deletes
    /// the content.
    virtual Result<Done, StoreError> settle(const Settlement& settlement) = 0;

    /// Carries out the rows of the `action` table that wait, each in one transaction, and writes
    /// down the result. Cheap when nobody wrote (PRAGMA data_version). Returns what was done, for
    /// the log.
    virtual std::vector<ActionDone> carryOutActions() = 0;

    /// Makes due now whoever would be tried later than `latest`, as nobody would by the retry
    /// schedule: the host's clock was set back. What is to be released later (RFC 4865) waits for
    /// that. Returns how many there were; cheap when there are none.
    virtual std::int64_t bringForward(WallTime latest) = 0;

    /// Deletes finished messages older than the history; called now and then.
    virtual void purgeHistory() = 0;

    /// Recipients by state, for gauges and pages.
    virtual QueueTotals totals() = 0;
};

}  // namespace postrider::queue
