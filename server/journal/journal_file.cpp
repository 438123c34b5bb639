#include "server/journal/journal_file.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace postrider::journal {

namespace {

constexpr std::string_view firstSchema =
#include "server/journal/schema/0001.sql.inc"
    ;
constexpr std::array migrations{storage::Migration{.version = 1, .sql = firstSchema}};

constexpr std::size_t textLimit = 1024;
constexpr std::size_t inputCountLimit = 32;
constexpr std::size_t inputsLimit = 4096;
// More than a batch holds, so that forgetting keeps pace with recording.
constexpr std::int64_t rowsPerStep = 4000;
constexpr std::uint64_t pagesPerStep = 256;

std::int64_t milliseconds(WallTime time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

void appendJsonText(std::string& json, std::string_view text) {
    json += '"';
    for (const char c : text::printable(text, textLimit)) {
        if (c == '"' || c == '\\') json += '\\';
        json += c;
    }
    json += '"';
}

/// A JSON object of texts; whole members only, whatever the limits leave out.
std::string inputsJson(const std::vector<std::pair<std::string, std::string>>& inputs) {
    std::string json = "{";
    std::string member;
    for (const auto& [key, value] :
         std::span{inputs}.first(std::min(inputs.size(), inputCountLimit))) {
        member.assign(json.size() == 1 ? "" : ",");
        appendJsonText(member, key);
        member += ':';
        appendJsonText(member, value);
        if (json.size() + member.size() < inputsLimit) json += member;
    }
    return json + "}";
}

void bindText(storage::Statement& statement, int index, std::string_view text) {
    if (!text.empty()) statement.bind(index, text::printable(text, textLimit));
}

storage::Database openFile(const std::filesystem::path& file) {
    storage::DatabaseOptions options;
    options.synchronous = storage::DatabaseOptions::Synchronous::Normal;
    storage::Database database = storage::Database::open(file, options);
    storage::migrate(database, migrations);
    return database;
}

}  // namespace

JournalFile::JournalFile(const std::filesystem::path& file, const JournalBounds& bounds)
    : bounds_(bounds),
      database_(openFile(file)),
      pageSize_(static_cast<std::uint64_t>(database_.queryInteger("PRAGMA page_size"))) {}

void JournalFile::append(std::span<const DatedDecision> decisions) {
    storage::WriteTransaction transaction{database_};
    for (const auto& dated : decisions)
        insert(dated);
    transaction.commit();
}

void JournalFile::insert(const DatedDecision& dated) {
    const auto statement = database_.kept(
        "INSERT INTO decision (at_ms, step, outcome, session_id, queue_id, client_ip, address,"
        " reason, inputs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const Decision& decision = dated.decision;
    statement->bind(1, milliseconds(dated.at));
    statement->bind(2, toString(decision.step));
    statement->bind(3, text::printable(decision.outcome, textLimit));
    bindText(*statement, 4, decision.sessionId);
    bindText(*statement, 5, decision.queueId);
    bindText(*statement, 6, decision.clientIp);
    bindText(*statement, 7, decision.address);
    bindText(*statement, 8, decision.reason);
    if (!decision.inputs.empty()) statement->bind(9, inputsJson(decision.inputs));
    statement->step();
}

bool JournalFile::trim(WallTime now) {
    const auto pages = static_cast<std::uint64_t>(database_.queryInteger("PRAGMA page_count"));
    const auto unused = static_cast<std::uint64_t>(database_.queryInteger("PRAGMA freelist_count"));
    // Rows go before the bound is met, so that new ones find free pages and the file need not grow.
    const bool full = (pages - unused) * pageSize_ > bounds_.maxBytes - bounds_.maxBytes / 16;
    const bool removed = removeOldest(full ? WallTime::max() : now - bounds_.maxAge);

    if (pages * pageSize_ > bounds_.maxBytes) {
        const std::uint64_t over = pages - bounds_.maxBytes / pageSize_;
        database_.execute("PRAGMA incremental_vacuum(" +
                          std::to_string(std::min(over, pagesPerStep)) + ")");
    }
    const bool shrank =
        static_cast<std::uint64_t>(database_.queryInteger("PRAGMA page_count")) < pages;
    return removed || shrank;
}

bool JournalFile::removeOldest(WallTime before) {
    {
        const auto oldest = database_.kept("SELECT at_ms FROM decision ORDER BY id LIMIT 1");
        if (!oldest->step() || oldest->integer(0) >= milliseconds(before)) return false;
    }
    const auto removal = database_.kept(
        "DELETE FROM decision WHERE id < (SELECT min(id) FROM decision) + ? AND at_ms < ?");
    removal->bind(1, rowsPerStep);
    removal->bind(2, milliseconds(before));
    removal->step();
    return true;
}

void JournalFile::checkpoint() {
    database_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

std::uint64_t JournalFile::size() {
    return static_cast<std::uint64_t>(database_.queryInteger("PRAGMA page_count")) * pageSize_;
}

}  // namespace postrider::journal
