#pragma once

#include "common/base/clock.h"
#include "common/storage/sqlite.h"
#include "plugins/hooks/ratelimit/rate.h"

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

namespace postrider::hooks {

/// To whom each user has written before, in a database file of its own, so that old correspondents
/// are known after a restart. Forgotten when not written to for 400 days.
///
/// The file is opened at the first question. Several instances, and processes, may share it. An
/// answer takes at most a few seconds, also while somebody holds the file; then, and when the file
/// cannot be used, a question throws std::exception, and the next one opens the file anew. Locks
/// inside.
class Correspondents {
public:
    enum class Standing { Old, New, OneTooMany };

    Correspondents(std::filesystem::path file, const Clock& clock)
        : file_(std::move(file)), clock_(clock) {}

    /// Remembers that `user` writes to `recipient`, unless he would be one more new one than
    /// `limit` allows in its time.
    Standing write(const std::string& user, const std::string& recipient, const Rate& limit);
    /// True the first time in a day: somebody is to be told about `user` now.
    bool firstToday(const std::string& user);

private:
    storage::Database& database();
    template <class Question>
    auto ask(const Question& question);
    Standing note(const std::string& user, const std::string& recipient, const Rate& limit,
                  std::int64_t now);
    bool touch(const std::string& user, const std::string& recipient, std::int64_t now);
    void forgetOld(std::int64_t now);

    const std::filesystem::path file_;
    const Clock& clock_;
    std::timed_mutex mutex_;  // guards what follows
    std::optional<storage::Database> database_;
    std::int64_t forgotten_ = 0;  ///< when old ones were forgotten last, in seconds since 1970
};

}  // namespace postrider::hooks
