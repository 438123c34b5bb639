#include "server/journal/sqlite_journal.h"

#include <algorithm>
#include <exception>
#include <span>
#include <system_error>
#include <utility>

namespace postrider::journal {

namespace {

// A transaction of this size takes a few milliseconds.
constexpr std::size_t batchCount = 1000;
constexpr std::size_t wakeCount = 2000;
constexpr int trimStepsPerTurn = 4;
constexpr int busyAttempts = 3;
constexpr std::chrono::seconds reopenPause{10};
constexpr std::chrono::seconds reportPause{60};
constexpr std::chrono::seconds untidyPause{2};
constexpr std::chrono::seconds idlePause{60};

std::size_t octetsOf(const Decision& decision) {
    std::size_t octets = sizeof(DatedDecision) + decision.outcome.size() +
                         decision.sessionId.size() + decision.queueId.size() +
                         decision.clientIp.size() + decision.address.size() +
                         decision.reason.size();
    for (const auto& [key, value] : decision.inputs)
        octets += key.size() + value.size() + sizeof(decision.inputs.front());
    return octets;
}

/// SQLITE_CORRUPT and SQLITE_NOTADB: the octets are not a database, or not one any more.
bool isDamage(const storage::SqliteError& error) {
    constexpr int corrupt = 11;
    constexpr int notADatabase = 26;
    const int primary = error.code() & 0xff;
    return primary == corrupt || primary == notADatabase;
}

}  // namespace

SqliteJournal::SqliteJournal(const SqliteJournalOptions& options, const Clock& clock, Log& log,
                             Metrics& metrics)
    : options_(options),
      clock_(clock),
      log_(log),
      written_(metrics.counter("postrider_journal_written", "Decisions written to the journal")),
      dropped_(metrics.counter("postrider_journal_dropped",
                               "Decisions that found no room in memory or on disk")),
      batchGauge_(metrics.gauge("postrider_journal_batch", "Decisions in the last write")),
      octetsGauge_(metrics.gauge("postrider_journal_octets", "Octets of journal.db")),
      lastOpening_(clock.steady() - reopenPause),
      lastReport_(clock.steady() - reportPause) {
    handle({});
    thread_ = std::jthread{[this] { run(); }};
}

SqliteJournal::~SqliteJournal() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
}

void SqliteJournal::record(Decision decision) {
    const std::size_t octets = octetsOf(decision);
    const WallTime now = clock_.now();
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        if (waiting_.size() >= options_.waitingCount ||
            waitingOctets_ + octets > options_.waitingOctets) {
            dropped_.add();
            return;
        }
        waiting_.push_back({now, std::move(decision)});
        waitingOctets_ += octets;
        ++taken_;
        // Only now and then, so that recording is rarely a system call.
        wake = waiting_.size() == 1 || waiting_.size() == wakeCount;
    }
    if (wake) wake_.notify_one();
}

void SqliteJournal::flush() {
    std::unique_lock lock{mutex_};
    const std::uint64_t wanted = taken_;
    hurry_ = handled_ < wanted;
    wake_.notify_one();
    handledMore_.wait(lock, [&] { return handled_ >= wanted; });
}

std::string SqliteJournal::problem() const {
    const std::lock_guard lock{mutex_};
    return problem_;
}

void SqliteJournal::run() {
    Batch batch;
    while (true) {
        take(batch);
        handle(batch);
        batch.clear();
        const std::lock_guard lock{mutex_};
        if (stopping_ && waiting_.empty()) return;
    }
}

void SqliteJournal::take(Batch& batch) {
    std::unique_lock lock{mutex_};
    const auto called = [this] { return stopping_ || !waiting_.empty(); };
    wake_.wait_for(lock, untidy_ ? untidyPause : idlePause, called);
    if (waiting_.empty()) return;
    // More decisions are on their way: one transaction for them all.
    wake_.wait_for(lock, options_.gathering,
                   [this] { return stopping_ || hurry_ || waiting_.size() >= wakeCount; });
    hurry_ = false;
    batch.swap(waiting_);
    waitingOctets_ = 0;
}

void SqliteJournal::handle(const Batch& batch) {
    try {
        openIfDue();
        write(batch);
        tidy(batch.empty());
    } catch (const storage::SqliteError& e) {
        close(e.what());
        if (isDamage(e)) setAside();
    } catch (const std::exception& e) {
        close(e.what());
    }
    reportDropped();
    const std::lock_guard lock{mutex_};
    handled_ += batch.size();
    handledMore_.notify_all();
}

void SqliteJournal::write(const Batch& batch) {
    if (!batch.empty()) batchGauge_.set(static_cast<std::int64_t>(batch.size()));
    std::span<const DatedDecision> left{batch};
    try {
        while (file_ && !left.empty()) {
            const auto chunk = left.first(std::min(left.size(), batchCount));
            append(chunk);
            written_.add(chunk.size());
            left = left.subspan(chunk.size());
        }
    } catch (const std::exception&) {
        dropped_.add(left.size());
        throw;
    }
    dropped_.add(left.size());
}

void SqliteJournal::append(std::span<const DatedDecision> chunk) {
    for (int attempt = 1;; ++attempt) {
        try {
            file_->append(chunk);
            return;
        } catch (const storage::SqliteError& e) {
            // Somebody's open write transaction in sqlite3; each attempt has waited for it.
            if (!e.isBusy() || attempt == busyAttempts) throw;
        }
    }
}

void SqliteJournal::tidy(bool idle) {
    if (!file_) return;
    bool more = true;
    for (int step = 0; more && step < trimStepsPerTurn; ++step)
        more = file_->trim(clock_.now());
    if (idle && !more && untidy_) file_->checkpoint();
    untidy_ = !idle || more;
    octetsGauge_.set(static_cast<std::int64_t>(file_->size()));
}

void SqliteJournal::openIfDue() {
    // Removed under us: what we go on writing would vanish with our descriptor.
    if (file_ && !std::filesystem::exists(path())) file_.reset();
    if (file_ || clock_.steady() - lastOpening_ < reopenPause) return;
    lastOpening_ = clock_.steady();
    try {
        file_ = std::make_unique<JournalFile>(path(), options_.bounds);
    } catch (const storage::SqliteError& e) {
        if (!isDamage(e)) throw;
        close(e.what());
        setAside();
        file_ = std::make_unique<JournalFile>(path(), options_.bounds);
    }
    const std::lock_guard lock{mutex_};
    problem_.clear();
}

void SqliteJournal::close(const std::string& reason) {
    file_.reset();
    untidy_ = true;
    {
        const std::lock_guard lock{mutex_};
        // The same trouble, found again by the next attempt to open, is no news.
        if (std::exchange(problem_, reason) == reason) return;
    }
    log_.error("journal-closed", {{"file", path().string()}, {"reason", reason}});
}

void SqliteJournal::setAside() {
    const std::string damaged = path().string() + ".damaged";
    std::error_code error;
    std::filesystem::rename(path(), damaged, error);
    // They belong to the old file and would be taken for the new one's.
    std::error_code ignored;
    std::filesystem::remove(path().string() + "-wal", ignored);
    std::filesystem::remove(path().string() + "-shm", ignored);
    log_.warning("journal-set-aside",
                 {{"file", damaged}, {"reason", error ? error.message() : "damaged"}});
}

void SqliteJournal::reportDropped() {
    const std::uint64_t dropped = dropped_.value();
    if (dropped == reported_ || clock_.steady() - lastReport_ < reportPause) return;
    log_.warning("journal-dropped", {{"count", std::to_string(dropped - reported_)}});
    reported_ = dropped;
    lastReport_ = clock_.steady();
}

}  // namespace postrider::journal
