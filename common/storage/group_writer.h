#pragma once

#include "common/base/metrics.h"
#include "common/base/result.h"
#include "common/storage/sqlite.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace postrider::storage {

/// Why a submission was not committed.
struct WriteFailure {
    enum class Kind {
        Full,      ///< no room on the disk, or an I/O error: 452 4.3.1
        Busy,      ///< somebody holds the write lock: 451 4.3.0
        Refused,   ///< this submission broke a constraint; the others of its batch were committed
        Stopping,  ///< the writer is being stopped
    };
    Kind kind = Kind::Busy;
    std::string reason;
};

struct GroupWriterLimits {
    std::size_t batchCount = 200;
    std::size_t batchOctets = std::size_t{4} * 1024 * 1024;
    std::size_t waiting = 10'000;  ///< submissions that may wait; further ones get Busy at once
    std::chrono::milliseconds company{5};  ///< the longest that Urgency::Soon waits
};

/// How soon a submission must be begun.
enum class Urgency {
    Now,   ///< somebody waits for it
    Soon,  ///< it may wait GroupWriterLimits::company for others to share its commit with
};

/// The one thread with the one writing connection: takes all submissions that wait, runs them in
/// one BEGIN IMMEDIATE transaction, commits, then answers each. Under load one fsync serves many; a
/// lone urgent submission waits for nobody. When one of a batch fails, the batch is rolled back and
/// run once more with each in its own SAVEPOINT, so that only the bad one is refused. Idle, it
/// truncates the WAL and vacuums a little.
///
/// write() may be called from any thread. The functor runs on the writer thread with the
/// writing connection, must be short, does no I/O but SQL, and may be run twice: what it stores in
/// its captures must be assigned, not added up. What it throws refuses this submission alone.
///
/// Metrics, NAME being the database's: postrider_NAME_batch_submissions,
/// postrider_NAME_commit_seconds, postrider_NAME_wal_bytes, postrider_NAME_writes_waiting,
/// postrider_NAME_write_failures{kind}.
class GroupWriter {
public:
    using Work = std::function<void(Database&)>;

    GroupWriter(Database database, const GroupWriterLimits& limits, Metrics& metrics);
    GroupWriter(const GroupWriter&) = delete;
    GroupWriter& operator=(const GroupWriter&) = delete;
    /// Commits what waits, then ends the thread.
    ~GroupWriter();

    /// Blocks until the work is committed (or not). `octets` is the caller's estimate of what it
    /// writes.
    Result<Done, WriteFailure> write(Work work, std::size_t octets = 0,
                                     Urgency urgency = Urgency::Now);

private:
    struct Shared;
    std::unique_ptr<Shared> shared_;
};

}  // namespace postrider::storage
