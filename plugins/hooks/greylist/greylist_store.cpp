#include "plugins/hooks/greylist/greylist_store.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace postrider::hooks {

namespace {

constexpr std::string_view schema =
#include "plugins/hooks/greylist/schema/0001.sql.inc"
    ;
constexpr std::array migrations{storage::Migration{1, schema}};

constexpr std::chrono::seconds longestWait{5};
constexpr std::chrono::milliseconds busyTimeout{2000};
constexpr std::int64_t rowsAtOnce = 100;  ///< that are cleared away by one question
/// Who is known already is written down anew only when this share of the time has passed.
constexpr int renewals = 10;

}  // namespace

GreylistStore::GreylistStore(std::filesystem::path file, const GreylistRules& rules)
    : file_(std::move(file)), rules_(rules) {}

GreylistAnswer GreylistStore::ask(const Triplet& triplet, WallTime now) {
    const std::unique_lock lock{mutex_, longestWait};
    if (!lock) throw std::runtime_error(file_.string() + ": too many questions wait for it");
    try {
        return decide(triplet, unixSeconds(now));
    } catch (const storage::SqliteError&) {
        // A file that was replaced or mended is found by the next question.
        database_.reset();
        throw;
    }
}

storage::Database& GreylistStore::opened() {
    if (!database_) {
        storage::DatabaseOptions options;
        options.synchronous = storage::DatabaseOptions::Synchronous::Normal;
        options.busyTimeout = busyTimeout;
        auto database = storage::Database::open(file_, options);
        storage::migrate(database, migrations);
        triplets_ = database.queryInteger("SELECT count(*) FROM triplet");
        networks_ = database.queryInteger("SELECT count(*) FROM network");
        database_.emplace(std::move(database));
    }
    return *database_;
}

GreylistAnswer GreylistStore::decide(const Triplet& triplet, std::int64_t now) {
    storage::Database& database = opened();
    storage::WriteTransaction transaction{database};
    GreylistAnswer answer;
    if (!isTrusted(triplet.network, now)) {
        const auto row = find(triplet);
        answer = row ? judge(triplet, *row, now) : begin(triplet, now);
    }
    transaction.commit();
    return answer;
}

GreylistAnswer GreylistStore::judge(const Triplet& triplet, const Row& row, std::int64_t now) {
    const std::int64_t keepUntil = now + rules_.keep.count();
    // The host's clock may have been set back in between.
    const bool fromTheFuture = !row.passed && row.firstAt > now;
    if (now >= row.expiresAt || fromTheFuture) {
        forget(triplet);
        return begin(triplet, now);
    }
    if (row.passed) {
        if (keepUntil - row.expiresAt > rules_.keep.count() / renewals) {
            keepTriplet(triplet, keepUntil);
        }
        return {};
    }
    const auto age = std::chrono::seconds{now - row.firstAt};
    if (age < rules_.delay) return {rules_.delay - age};
    pass(triplet, now);
    return {};
}

bool GreylistStore::isTrusted(const std::string& network, std::int64_t now) {
    const std::int64_t keepUntil = now + rules_.keep.count();
    auto query = database_->kept("SELECT passes, expires_at FROM network WHERE network = ?");
    query->bind(1, network);
    if (!query->step() || query->integer(0) < rules_.passes) return false;
    const std::int64_t expiresAt = query->integer(1);
    if (now >= expiresAt) return false;
    if (keepUntil - expiresAt > rules_.keep.count() / renewals) keepNetwork(network, keepUntil);
    return true;
}

std::optional<GreylistStore::Row> GreylistStore::find(const Triplet& triplet) {
    auto query = database_->kept(
        "SELECT first_at, passed_at, expires_at FROM triplet"
        " WHERE network = ? AND sender = ? AND recipient = ?");
    query->bind(1, triplet.network).bind(2, triplet.sender).bind(3, triplet.recipient);
    if (!query->step()) return std::nullopt;
    return Row{query->integer(0), !query->isNull(1), query->integer(2)};
}

GreylistAnswer GreylistStore::begin(const Triplet& triplet, std::int64_t now) {
    makeRoom(now);
    auto insert = database_->kept(
        "INSERT INTO triplet (network, sender, recipient, first_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?)");
    insert->bind(1, triplet.network).bind(2, triplet.sender).bind(3, triplet.recipient);
    insert->bind(4, now).bind(5, now + rules_.window.count());
    insert->run();
    ++triplets_;
    return {rules_.delay};
}

void GreylistStore::pass(const Triplet& triplet, std::int64_t now) {
    const std::int64_t expiresAt = now + rules_.keep.count();
    auto update = database_->kept(
        "UPDATE triplet SET passed_at = ?, expires_at = ?"
        " WHERE network = ? AND sender = ? AND recipient = ?");
    update->bind(1, now).bind(2, expiresAt);
    update->bind(3, triplet.network).bind(4, triplet.sender).bind(5, triplet.recipient);
    update->run();
    // One whose time is over begins anew.
    auto count = database_->kept(
        "UPDATE network SET passes = iif(expires_at <= ?3, 1, passes + 1), expires_at = ?2"
        " WHERE network = ?1");
    count->bind(1, triplet.network).bind(2, expiresAt).bind(3, now);
    count->run();
    if (database_->changes() > 0) return;
    auto insert =
        database_->kept("INSERT INTO network (network, passes, expires_at) VALUES (?, 1, ?)");
    insert->bind(1, triplet.network).bind(2, expiresAt);
    insert->run();
    ++networks_;
}

void GreylistStore::keepTriplet(const Triplet& triplet, std::int64_t expiresAt) {
    auto update = database_->kept(
        "UPDATE triplet SET expires_at = ? WHERE network = ? AND sender = ? AND recipient = ?");
    update->bind(1, expiresAt);
    update->bind(2, triplet.network).bind(3, triplet.sender).bind(4, triplet.recipient);
    update->run();
}

void GreylistStore::keepNetwork(const std::string& network, std::int64_t expiresAt) {
    auto update = database_->kept("UPDATE network SET expires_at = ? WHERE network = ?");
    update->bind(1, expiresAt).bind(2, network);
    update->run();
}

void GreylistStore::forget(const Triplet& triplet) {
    auto remove =
        database_->kept("DELETE FROM triplet WHERE network = ? AND sender = ? AND recipient = ?");
    remove->bind(1, triplet.network).bind(2, triplet.sender).bind(3, triplet.recipient);
    remove->run();
    triplets_ -= database_->changes();
}

void GreylistStore::makeRoom(std::int64_t now) {
    // Which end first go first: tries that nobody repeated, before those that passed.
    const auto isFull = [&](std::int64_t rows) -> std::int64_t { return rows >= rules_.maxRows; };
    auto triplets = database_->kept(
        "DELETE FROM triplet WHERE (network, sender, recipient) IN"
        " (SELECT network, sender, recipient FROM triplet WHERE expires_at <= ?1 OR ?2"
        " ORDER BY expires_at LIMIT ?3)");
    triplets->bind(1, now).bind(2, isFull(triplets_)).bind(3, rowsAtOnce);
    triplets->run();
    triplets_ -= database_->changes();
    auto networks = database_->kept(
        "DELETE FROM network WHERE network IN"
        " (SELECT network FROM network WHERE expires_at <= ?1 OR ?2"
        " ORDER BY expires_at LIMIT ?3)");
    networks->bind(1, now).bind(2, isFull(networks_)).bind(3, rowsAtOnce);
    networks->run();
    networks_ -= database_->changes();
}

}  // namespace postrider::hooks
