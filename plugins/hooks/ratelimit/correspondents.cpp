#include "plugins/hooks/ratelimit/correspondents.h"

#include <array>
#include <chrono>
#include <stdexcept>

namespace postrider::hooks {

namespace {

constexpr std::int64_t day = 86'400;
constexpr std::int64_t memory = 400 * day;
constexpr std::chrono::seconds longestWait{5};
constexpr std::chrono::milliseconds busyTimeout{2000};

constexpr std::string_view schema = R"(
CREATE TABLE correspondent (
    user       TEXT    NOT NULL,  -- as he logs in
    recipient  TEXT    NOT NULL,  -- whom he has written to
    first_seen INTEGER NOT NULL,  -- seconds since 1970
    last_seen  INTEGER NOT NULL,  -- to the day
    PRIMARY KEY (user, recipient)
) WITHOUT ROWID;
CREATE INDEX correspondent_new ON correspondent (user, first_seen);
CREATE INDEX correspondent_old ON correspondent (last_seen);
CREATE TABLE notice (
    user TEXT    NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL         -- when the postmaster was told about him last
) WITHOUT ROWID;
)";

}  // namespace

template <class Question>
auto Correspondents::ask(const Question& question) {
    const std::unique_lock lock{mutex_, longestWait};
    if (!lock) throw std::runtime_error(file_.string() + ": too many questions wait for it");
    try {
        return question(unixSeconds(clock_.now()));
    } catch (const storage::SqliteError&) {
        // A file that was replaced or mended is found by the next question.
        database_.reset();
        throw;
    }
}

Correspondents::Standing Correspondents::write(const std::string& user,
                                               const std::string& recipient, const Rate& limit) {
    return ask([&](std::int64_t now) { return note(user, recipient, limit, now); });
}

bool Correspondents::firstToday(const std::string& user) {
    return ask([&](std::int64_t now) {
        database();
        // One from the future was written before the host's clock was set back.
        const auto statement = database_->kept(
            "INSERT INTO notice VALUES (?1, ?2) ON CONFLICT (user) DO UPDATE SET at = ?2"
            " WHERE at <= ?2 - 86400 OR at > ?2");
        statement->bind(1, user).bind(2, now);
        statement->run();
        return database_->changes() > 0;
    });
}

Correspondents::Standing Correspondents::note(const std::string& user, const std::string& recipient,
                                              const Rate& limit, std::int64_t now) {
    storage::WriteTransaction transaction{database()};
    forgetOld(now);
    auto standing = Standing::Old;
    if (!touch(user, recipient, now)) {
        // What lies in the future was written before the host's clock was set back.
        const auto count = database_->kept(
            "SELECT count(*) FROM correspondent WHERE user = ? AND first_seen > ? AND first_seen "
            "<= ?");
        count->bind(1, user).bind(2, now - limit.time.count()).bind(3, now);
        count->step();
        const bool isFull = count->integer(0) >= static_cast<std::int64_t>(limit.count);
        standing = isFull ? Standing::OneTooMany : Standing::New;
    }
    if (standing == Standing::New) {
        const auto insert = database_->kept("INSERT INTO correspondent VALUES (?, ?, ?3, ?3)");
        insert->bind(1, user).bind(2, recipient).bind(3, now);
        insert->run();
    }
    transaction.commit();
    return standing;
}

storage::Database& Correspondents::database() {
    if (database_) return *database_;
    auto opened = storage::Database::open(
        file_,
        {.synchronous = storage::DatabaseOptions::Synchronous::Normal, .busyTimeout = busyTimeout});
    const std::array migrations{storage::Migration{1, schema}};
    storage::migrate(opened, migrations);
    database_.emplace(std::move(opened));
    return *database_;
}

/// Whether he is known; written down once a day only.
bool Correspondents::touch(const std::string& user, const std::string& recipient,
                           std::int64_t now) {
    std::int64_t seen = 0;
    {
        const auto find =
            database_->kept("SELECT last_seen FROM correspondent WHERE user = ? AND recipient = ?");
        find->bind(1, user).bind(2, recipient);
        if (!find->step()) return false;
        seen = find->integer(0);
    }
    if (now - seen < day) return true;
    const auto update = database_->kept(
        "UPDATE correspondent SET last_seen = ?3 WHERE user = ?1 AND recipient = ?2");
    update->bind(1, user).bind(2, recipient).bind(3, now);
    update->run();
    return true;
}

void Correspondents::forgetOld(std::int64_t now) {
    if (now - forgotten_ < day) return;
    forgotten_ = now;
    const auto statement = database_->kept("DELETE FROM correspondent WHERE last_seen < ?");
    statement->bind(1, now - memory);
    statement->run();
}

}  // namespace postrider::hooks
