#include "server/journal/journal_reader.h"

#include "common/base/text.h"
#include "common/storage/sqlite.h"

#include <algorithm>
#include <string>

namespace postrider::journal {

namespace {

// Each names the ids it chooses as the table `chosen`; ?1 is what was asked for.
constexpr std::string_view messageIds = R"(
WITH origin AS (
    SELECT id, session_id FROM decisions
    WHERE queue_id = ?1 AND step = 'queue' AND session_id IS NOT NULL ORDER BY id LIMIT 1),
before AS (
    SELECT coalesce(max(d.id), 0) AS id FROM origin JOIN decisions AS d
    ON d.session_id = origin.session_id AND d.step = 'queue' AND d.id < origin.id),
chosen AS (
    SELECT id FROM decisions WHERE queue_id = ?1
    UNION
    SELECT d.id FROM origin JOIN decisions AS d ON d.session_id = origin.session_id JOIN before
    WHERE d.queue_id IS NULL
    AND (d.step IN ('connect', 'ehlo', 'tls', 'auth', 'disconnect')
         OR d.id BETWEEN before.id AND origin.id)))";

constexpr std::string_view sessionIds = R"(
WITH chosen AS (SELECT id FROM decisions WHERE session_id = ?1))";

constexpr std::string_view addressIds = R"(
WITH hit AS (
    SELECT id, session_id, queue_id FROM decisions WHERE address = ?1 ORDER BY id DESC LIMIT 500),
chosen AS (
    SELECT id FROM hit
    UNION
    SELECT id FROM decisions WHERE queue_id IN (SELECT queue_id FROM hit)
    AND (address IS NULL OR step = 'queue')
    UNION
    SELECT id FROM decisions WHERE session_id IN (
        SELECT session_id FROM hit
        UNION SELECT session_id FROM decisions
        WHERE queue_id IN (SELECT queue_id FROM hit) AND step = 'queue')
    AND (address IS NULL OR step IN ('auth', 'mail', 'queue'))))";

constexpr std::string_view clientIds = R"(
WITH hit AS (
    SELECT id, session_id FROM decisions
    WHERE client_ip = ?1 AND (session_id IS NULL OR step = 'connect')
    ORDER BY id DESC LIMIT 500),
mine AS (
    SELECT id, queue_id FROM decisions WHERE session_id IN (SELECT session_id FROM hit)),
chosen AS (
    SELECT id FROM hit
    UNION SELECT id FROM mine
    UNION SELECT id FROM decisions WHERE queue_id IN (SELECT queue_id FROM mine)))";

constexpr std::string_view columns = R"(
SELECT id, at, step, outcome, session_id, queue_id, client_ip, address, reason, inputs
FROM decisions WHERE id IN (SELECT id FROM chosen) ORDER BY id DESC LIMIT 5000)";

JournalEntry entryOf(const storage::Statement& row) {
    JournalEntry entry;
    entry.id = row.integer(0);
    entry.at = row.text(1);
    entry.step = row.text(2);
    entry.outcome = row.text(3);
    entry.sessionId = row.text(4);
    entry.queueId = row.text(5);
    entry.clientIp = row.text(6);
    entry.address = row.text(7);
    entry.reason = row.text(8);
    return entry;
}

void addInputs(storage::Database& database, std::string_view json, JournalEntry& entry) {
    const auto members = database.kept("SELECT key, value FROM json_each(?)");
    members->bind(1, json);
    while (members->step())
        entry.inputs.emplace_back(members->text(0), members->text(1));
}

}  // namespace

std::vector<JournalEntry> JournalReader::ofMessage(std::string_view queueId) const {
    return ask(messageIds, queueId);
}

std::vector<JournalEntry> JournalReader::ofSession(std::string_view sessionId) const {
    return ask(sessionIds, sessionId);
}

std::vector<JournalEntry> JournalReader::ofAddress(std::string_view mailbox) const {
    return ask(addressIds, mailbox);
}

std::vector<JournalEntry> JournalReader::ofClient(std::string_view ip) const {
    return ask(clientIds, ip);
}

std::vector<JournalEntry> JournalReader::ask(std::string_view chosenIds,
                                             std::string_view key) const {
    std::vector<JournalEntry> entries;
    if (!std::filesystem::exists(file_)) return entries;
    storage::DatabaseOptions options;
    options.mode = storage::DatabaseOptions::Mode::ReadOnly;
    auto database = storage::Database::open(file_, options);

    auto rows = database.prepare(std::string{chosenIds}.append(columns));
    rows.bind(1, text::printable(key, 1024));
    while (rows.step()) {
        JournalEntry entry = entryOf(rows);
        if (!rows.isNull(9)) addInputs(database, rows.text(9), entry);
        entries.push_back(std::move(entry));
    }
    std::reverse(entries.begin(), entries.end());
    return entries;
}

}  // namespace postrider::journal
