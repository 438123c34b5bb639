#include "common/storage/group_writer.h"

#include "common/base/clock.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

namespace postrider::storage {

namespace {

constexpr std::chrono::milliseconds idleAfter{250};
/// A WAL of this size was held back by readers; the automatic checkpoint alone does not get on top
/// of it.
constexpr std::uint64_t swollenWal = 64ULL * 1024 * 1024;
constexpr std::chrono::seconds pressAgainAfter{5};

WriteFailure failureOf(const SqliteError& error) {
    if (error.isBusy()) return {WriteFailure::Kind::Busy, error.what()};
    if (error.isFull()) return {WriteFailure::Kind::Full, error.what()};
    return {WriteFailure::Kind::Refused, error.what()};
}

std::string_view wordFor(WriteFailure::Kind kind) {
    switch (kind) {
        case WriteFailure::Kind::Full:
            return "full";
        case WriteFailure::Kind::Busy:
            return "busy";
        case WriteFailure::Kind::Refused:
            return "refused";
        case WriteFailure::Kind::Stopping:
            return "stopping";
    }
    return "";
}

/// One write() that waits. Owned by its caller and by the writer, so that neither has to wait for
/// the other to let go of it.
class Submission {
public:
    Submission(GroupWriter::Work work, std::size_t octets, Urgency urgency)
        : work_(std::move(work)), octets_(octets), urgency_(urgency) {}

    [[nodiscard]] std::size_t octets() const noexcept { return octets_; }
    [[nodiscard]] Urgency urgency() const noexcept { return urgency_; }
    void run(Database& database) const { work_(database); }
    void refuse(WriteFailure failure) { failure_ = std::move(failure); }

    void answer() { answered_.release(); }
    Result<Done, WriteFailure> wait() {
        answered_.acquire();
        if (failure_) return Unexpected{*std::move(failure_)};
        return Done{};
    }

private:
    GroupWriter::Work work_;
    std::size_t octets_;
    Urgency urgency_;
    std::optional<WriteFailure> failure_;
    // A condition variable would cost a mutex more, and a system call more, for each message.
    std::binary_semaphore answered_{0};
};

}  // namespace

struct GroupWriter::Shared {
    Shared(Database opened, const GroupWriterLimits& bounds, Metrics& metrics)
        : database(std::move(opened)),
          limits(bounds),
          batchSize(metrics.histogram("postrider_" + database.name() + "_batch_submissions",
                                      "Submissions committed together.",
                                      {1, 2, 5, 10, 20, 50, 100, 200, 500})),
          commitTime(metrics.histogram("postrider_" + database.name() + "_commit_seconds",
                                       "Time from BEGIN to the end of COMMIT.")),
          walBytes(metrics.gauge("postrider_" + database.name() + "_wal_bytes",
                                 "Size of the write-ahead log.")),
          waitingGauge(metrics.gauge("postrider_" + database.name() + "_writes_waiting",
                                     "Submissions that wait for the writer.")),
          metrics_(metrics) {}

    Result<Done, WriteFailure> submit(const std::shared_ptr<Submission>& submission);
    void run();
    void stop();

    Database database;
    GroupWriterLimits limits;
    Histogram& batchSize;
    Histogram& commitTime;
    Gauge& walBytes;
    Gauge& waitingGauge;

private:
    using Batch = std::vector<std::shared_ptr<Submission>>;

    std::optional<Batch> next();
    bool waitForWork(std::unique_lock<std::mutex>& lock);
    Batch take();
    void commit(const Batch& batch);
    bool commitTogether(const Batch& batch);
    void commitApart(const Batch& batch);
    void runApart(Submission& submission);
    [[nodiscard]] bool endsTransaction(const SqliteError& error) const;
    void settle(const Batch& batch, const std::optional<WriteFailure>& failure);
    void press();
    bool tidyOrLeave();
    bool tidy();
    bool maintain(std::string_view sql, std::chrono::milliseconds patience);
    void countFailure(WriteFailure::Kind kind);

    Metrics& metrics_;
    SteadyTime pressedAt_{};

    std::mutex mutex_;
    std::condition_variable work_;
    std::deque<std::shared_ptr<Submission>> waiting_;
    bool urgent_ = false;   ///< one of those that wait is in a hurry
    SteadyTime beginAt_{};  ///< when those that wait are begun at the latest
    bool stopping_ = false;
    bool tidied_ = true;

public:
    std::jthread thread;
};

Result<Done, WriteFailure> GroupWriter::Shared::submit(
    const std::shared_ptr<Submission>& submission) {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_) {
            return Unexpected{WriteFailure{WriteFailure::Kind::Stopping, "the writer is stopping"}};
        }
        if (waiting_.size() >= limits.waiting) {
            countFailure(WriteFailure::Kind::Busy);
            return Unexpected{WriteFailure{WriteFailure::Kind::Busy, "too many writes wait"}};
        }
        const bool first = waiting_.empty();
        if (first) beginAt_ = steadyNow() + limits.company;
        const bool hurry = submission->urgency() == Urgency::Now && !std::exchange(urgent_, true);
        waiting_.push_back(submission);
        waitingGauge.set(static_cast<std::int64_t>(waiting_.size()));
        // Under the lock: once it is answered, the writer may be gone.
        if (first || hurry) work_.notify_one();
    }
    return submission->wait();
}

void GroupWriter::Shared::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    work_.notify_one();
    if (thread.joinable()) thread.join();
}

void GroupWriter::Shared::run() {
    while (const std::optional<Batch> batch = next()) {
        if (batch->empty()) {
            tidied_ = tidyOrLeave();
            continue;
        }
        commit(*batch);
        tidied_ = false;
    }
}

/// What waits, up to the limits; empty when it is time to tidy up; nothing when stopped and done.
std::optional<GroupWriter::Shared::Batch> GroupWriter::Shared::next() {
    std::unique_lock lock{mutex_};
    if (!waitForWork(lock)) return Batch{};
    if (waiting_.empty()) return std::nullopt;
    return take();
}

/// False when nothing came for a while and there is something to tidy up.
bool GroupWriter::Shared::waitForWork(std::unique_lock<std::mutex>& lock) {
    const auto somethingToDo = [this] { return !waiting_.empty() || stopping_; };
    if (tidied_) {
        work_.wait(lock, somethingToDo);
    } else if (!work_.wait_for(lock, idleAfter, somethingToDo)) {
        return false;
    }
    work_.wait_until(lock, beginAt_, [this] { return urgent_ || stopping_; });
    return true;
}

GroupWriter::Shared::Batch GroupWriter::Shared::take() {
    Batch batch;
    std::size_t octets = 0;
    while (!waiting_.empty() && batch.size() < limits.batchCount && octets < limits.batchOctets) {
        octets += waiting_.front()->octets();
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    urgent_ = !waiting_.empty();  // what did not fit in has waited enough
    waitingGauge.set(static_cast<std::int64_t>(waiting_.size()));
    return batch;
}

void GroupWriter::Shared::commit(const Batch& batch) {
    const SteadyTime begun = steadyNow();
    try {
        if (!commitTogether(batch)) commitApart(batch);
    } catch (const SqliteError& error) {
        settle(batch, failureOf(error));
        return;
    } catch (const std::exception& error) {  // no memory
        settle(batch, WriteFailure{WriteFailure::Kind::Refused, error.what()});
        return;
    }
    commitTime.observe(std::chrono::duration<double>(steadyNow() - begun).count());
    batchSize.observe(static_cast<double>(batch.size()));
    settle(batch, std::nullopt);
    press();
}

/// The usual case: without savepoints, for which SQLite copies each page that a submission touches.
/// False, and nothing is written, when one of them is to be refused.
bool GroupWriter::Shared::commitTogether(const Batch& batch) {
    WriteTransaction transaction{database};
    try {
        for (const auto& submission : batch)
            submission->run(database);
    } catch (const SqliteError& error) {
        if (endsTransaction(error)) throw;
        return false;
    } catch (const std::exception&) {
        return false;
    }
    transaction.commit();
    return true;
}

/// Each in its savepoint, so that one which is refused takes nobody with it.
void GroupWriter::Shared::commitApart(const Batch& batch) {
    WriteTransaction transaction{database};
    for (const auto& submission : batch)
        runApart(*submission);
    transaction.commit();
}

void GroupWriter::Shared::runApart(Submission& submission) {
    database.kept("SAVEPOINT submission")->run();
    try {
        submission.run(database);
        database.kept("RELEASE submission")->run();
        return;
    } catch (const SqliteError& error) {
        if (endsTransaction(error)) throw;
        submission.refuse(failureOf(error));
    } catch (const std::exception& error) {
        submission.refuse({WriteFailure::Kind::Refused, error.what()});
    }
    countFailure(WriteFailure::Kind::Refused);
    database.kept("ROLLBACK TO submission")->run();
    database.kept("RELEASE submission")->run();
}

/// On a full disk SQLite drops the transaction and with it everybody's work.
bool GroupWriter::Shared::endsTransaction(const SqliteError& error) const {
    return database.isIdle() || error.isFull() || error.isBusy();
}

void GroupWriter::Shared::settle(const Batch& batch, const std::optional<WriteFailure>& failure) {
    if (failure) countFailure(failure->kind);
    for (const auto& submission : batch) {
        if (failure) submission->refuse(*failure);
        submission->answer();
    }
}

/// Readers that overlap for ever keep the automatic checkpoint from finishing: now and then wait
/// for them.
void GroupWriter::Shared::press() {
    const std::uint64_t size = database.walSize();
    walBytes.set(static_cast<std::int64_t>(size));
    if (size < swollenWal || steadyNow() < pressedAt_ + pressAgainAfter) return;
    maintain("PRAGMA wal_checkpoint(RESTART)", std::chrono::milliseconds{100});
    pressedAt_ = steadyNow();
}

/// Housekeeping that fails is left until after the next write: nothing is lost by it.
bool GroupWriter::Shared::tidyOrLeave() {
    try {
        return tidy();
    } catch (const SqliteError& error) {
        countFailure(failureOf(error).kind);
        return true;
    }
}

/// Gives space back to the disk. False when there is more to do.
bool GroupWriter::Shared::tidy() {
    constexpr std::int64_t worthwhilePages = 256;
    constexpr std::chrono::milliseconds noWaiting{0};
    const bool vacuum = database.queryInteger("PRAGMA freelist_count") > worthwhilePages;
    if (vacuum && maintain("PRAGMA incremental_vacuum(2000)", noWaiting)) return false;
    maintain("PRAGMA wal_checkpoint(TRUNCATE)", noWaiting);
    const std::uint64_t size = database.walSize();
    walBytes.set(static_cast<std::int64_t>(size));
    return size == 0;
}

/// Housekeeping may fail, for want of room or because of a reader: nothing is lost, the next one
/// may do better.
bool GroupWriter::Shared::maintain(std::string_view sql, std::chrono::milliseconds patience) {
    const std::int64_t usual = database.queryInteger("PRAGMA busy_timeout");
    database.execute("PRAGMA busy_timeout=" + std::to_string(patience.count()));
    bool done = true;
    try {
        database.execute(sql);
    } catch (const SqliteError& error) {
        countFailure(failureOf(error).kind);
        done = false;
    }
    database.execute("PRAGMA busy_timeout=" + std::to_string(usual));
    return done;
}

void GroupWriter::Shared::countFailure(WriteFailure::Kind kind) {
    metrics_
        .counter("postrider_" + database.name() + "_write_failures",
                 "Batches or submissions that were not committed.",
                 {"kind", std::string{wordFor(kind)}})
        .add();
}

GroupWriter::GroupWriter(Database database, const GroupWriterLimits& limits, Metrics& metrics)
    : shared_(std::make_unique<Shared>(std::move(database), limits, metrics)) {
    shared_->thread = std::jthread{[shared = shared_.get()] { shared->run(); }};
}

GroupWriter::~GroupWriter() {
    shared_->stop();
}

Result<Done, WriteFailure> GroupWriter::write(Work work, std::size_t octets, Urgency urgency) {
    return shared_->submit(std::make_shared<Submission>(std::move(work), octets, urgency));
}

}  // namespace postrider::storage
