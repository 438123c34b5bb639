#pragma once

#include "common/base/clock.h"
#include "common/storage/sqlite.h"
#include "server/journal/journal.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>

namespace postrider::journal {

/// How much is kept. The oldest decisions go first, whichever bound is met.
struct JournalBounds {
    std::chrono::seconds maxAge{30 * 24 * 3600};          ///< journal.max_age
    std::uint64_t maxBytes = std::uint64_t{1024} << 20U;  ///< journal.max_size: of journal.db; its
                                                          ///< WAL comes on top, at most 16 MiB
};

/// A decision and when it was made.
struct DatedDecision {
    WallTime at;
    Decision decision;
};

/// The one writing connection to journal.db: appends decisions, forgets the oldest. Every function
/// throws storage::SqliteError. One thread.
class JournalFile {
public:
    /// Opens or creates and migrates it. Throws storage::SchemaTooNew as well.
    JournalFile(const std::filesystem::path& file, const JournalBounds& bounds);

    /// All of them in one transaction, texts made printable and cut at 1 KiB.
    void append(std::span<const DatedDecision> decisions);
    /// One small step towards the bounds, a few milliseconds; true when more steps are needed.
    bool trim(WallTime now);
    /// Moves the WAL into the file, which only then shrinks to what is in it.
    void checkpoint();
    /// Octets of journal.db, once the WAL is in it.
    [[nodiscard]] std::uint64_t size();

private:
    void insert(const DatedDecision& dated);
    /// Some of the oldest rows, if they are from before that time; false when none is.
    bool removeOldest(WallTime before);

    JournalBounds bounds_;
    storage::Database database_;
    std::uint64_t pageSize_;
};

}  // namespace postrider::journal
