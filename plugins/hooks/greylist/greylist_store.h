#pragma once

#include "common/base/clock.h"
#include "common/storage/sqlite.h"
#include "plugins/hooks/greylist/triplet.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

namespace postrider::hooks {

/// The times and numbers of greylisting.
struct GreylistRules {
    std::chrono::seconds delay{std::chrono::minutes{5}};  ///< before this a try is too early
    std::chrono::seconds window{std::chrono::hours{48}};  ///< behind this it is a first try again
    std::chrono::seconds keep{std::chrono::hours{24 * 35}};  ///< how long who passed is known
    std::int64_t passes = 5;           ///< triplets that passed, from which on a network is trusted
    std::int64_t maxRows = 1'000'000;  ///< of each table; at more, those that end first go
};

/// Where a triplet stands: let through, or for how long to wait.
struct GreylistAnswer {
    std::chrono::seconds wait{0};  ///< 0: let it through
};

/// What is remembered, in an SQLite file of its own. Thread-safe (locks inside).
///
/// The file is opened at the first question: whoever only checks a configuration makes none. Writes
/// do not wait for the disk (synchronous=NORMAL): after a loss of power somebody may have to try
/// once more. Expired rows go a few at a time with the writes that add rows.
class GreylistStore {
public:
    GreylistStore(std::filesystem::path file, const GreylistRules& rules);

    /// Notes the try and says what becomes of it. Takes at most a few seconds, also while somebody
    /// holds the file; then, and when the file cannot be used, throws storage::SqliteError. The
    /// next question opens it anew.
    GreylistAnswer ask(const Triplet& triplet, WallTime now);

private:
    struct Row {
        std::int64_t firstAt = 0;
        bool passed = false;
        std::int64_t expiresAt = 0;
    };
    storage::Database& opened();
    GreylistAnswer decide(const Triplet& triplet, std::int64_t now);
    GreylistAnswer judge(const Triplet& triplet, const Row& row, std::int64_t now);
    [[nodiscard]] bool isTrusted(const std::string& network, std::int64_t now);
    [[nodiscard]] std::optional<Row> find(const Triplet& triplet);
    GreylistAnswer begin(const Triplet& triplet, std::int64_t now);
    void pass(const Triplet& triplet, std::int64_t now);
    void keepTriplet(const Triplet& triplet, std::int64_t expiresAt);
    void keepNetwork(const std::string& network, std::int64_t expiresAt);
    void forget(const Triplet& triplet);
    void makeRoom(std::int64_t now);

    const std::filesystem::path file_;
    const GreylistRules rules_;
    std::timed_mutex mutex_;
    std::optional<storage::Database> database_;
    std::int64_t triplets_ = 0;  ///< rows, counted at the opening and kept up since
    std::int64_t networks_ = 0;  ///< likewise
};

}  // namespace postrider::hooks
