#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "server/journal/journal.h"
#include "server/journal/journal_file.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace postrider::journal {

struct SqliteJournalOptions {
    std::filesystem::path dataDir;  ///< holds journal.db
    JournalBounds bounds;
    std::size_t waitingCount = 50'000;                   ///< decisions in memory; more are dropped
    std::size_t waitingOctets = std::size_t{16} << 20U;  ///< and their texts
    std::chrono::milliseconds gathering{100};            ///< how long a batch may grow
};

/// Writes decisions to <dataDir>/journal.db by its own thread, many in one transaction.
///
/// record() costs a short lock and a move, whatever the disk does: decisions wait in bounded
/// memory, and what does not fit or cannot be written is counted in postrider_journal_dropped. A
/// crash of the process or the host loses the last moments (synchronous=NORMAL); mail never waits
/// for the journal. A file that cannot be opened is tried again every ten seconds; one that SQLite
/// finds damaged is set aside as journal.db.damaged and a new one begun. Locks inside.
class SqliteJournal final : public Journal {
public:
    /// Never throws for what is wrong with the file: problem() and the log tell. `clock`, `log` and
    /// `metrics` are lent.
    SqliteJournal(const SqliteJournalOptions& options, const Clock& clock, Log& log,
                  Metrics& metrics);
    SqliteJournal(const SqliteJournal&) = delete;
    SqliteJournal& operator=(const SqliteJournal&) = delete;
    /// Writes what waits, then ends the thread.
    ~SqliteJournal() override;

    void record(Decision decision) override;

    /// Blocks until what was recorded so far is written, or lost.
    void flush();
    /// Why decisions are not being written at present, for /healthz; empty when they are.
    [[nodiscard]] std::string problem() const;

private:
    using Batch = std::vector<DatedDecision>;

    void run();
    /// Waits for decisions, then a moment for more. Empty: nothing came, or the end.
    void take(Batch& batch);
    void handle(const Batch& batch);
    void write(const Batch& batch);
    void append(std::span<const DatedDecision> chunk);
    void tidy(bool idle);
    void openIfDue();
    void close(const std::string& reason);
    /// Moves a damaged file out of the way.
    void setAside();
    void reportDropped();
    [[nodiscard]] std::filesystem::path path() const { return options_.dataDir / "journal.db"; }

    const SqliteJournalOptions options_;
    const Clock& clock_;
    Log& log_;
    Counter& written_;
    Counter& dropped_;
    Gauge& batchGauge_;
    Gauge& octetsGauge_;

    // The writer thread's own, and the constructor's before it runs.
    std::unique_ptr<JournalFile> file_;
    SteadyTime lastOpening_{};
    SteadyTime lastReport_{};
    std::uint64_t reported_ = 0;
    bool untidy_ = true;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable handledMore_;
    Batch waiting_;
    std::size_t waitingOctets_ = 0;
    std::uint64_t taken_ = 0;    ///< decisions ever put in waiting_
    std::uint64_t handled_ = 0;  ///< of those, written or lost
    bool hurry_ = false;
    bool stopping_ = false;
    std::string problem_;

    std::jthread thread_;
};

}  // namespace postrider::journal
