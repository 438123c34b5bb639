#include "server/queue/queue_reader.h"

#include "common/base/text.h"

#include <utility>

namespace postrider::queue {

namespace {

storage::Database openReadOnly(const std::filesystem::path& file) {
    storage::DatabaseOptions options;
    options.mode = storage::DatabaseOptions::Mode::ReadOnly;
    return storage::Database::open(file, options);
}

/// `rest` follows the columns in the statement; a queue id fills its one parameter.
QueueTable ask(storage::Database& database, std::vector<std::string> columns, std::string_view rest,
               std::string_view queueId) {
    auto statement =
        database.prepare("SELECT " + text::join(columns, ", ") + " " + std::string{rest});
    if (!queueId.empty()) statement.bind(1, queueId);
    QueueTable table{std::move(columns), {}};
    while (statement.step()) {
        std::vector<std::string> row;
        for (std::size_t i = 0; i < table.columns.size(); ++i)
            row.push_back(statement.text(static_cast<int>(i)));
        table.rows.push_back(std::move(row));
    }
    return table;
}

}  // namespace

QueueReader::QueueReader(const std::filesystem::path& file) : database_(openReadOnly(file)) {}

QueueTable QueueReader::messages() {
    return ask(database_,
               {"queue_id", "state", "age", "size", "sender", "waiting", "due", "last_reply"},
               "FROM queue", "");
}

QueueTable QueueReader::message(std::string_view queueId) {
    return ask(database_, {"queue_id", "sender", "received", "count(*) AS recipients"},
               "FROM queue_recipients WHERE queue_id = ? GROUP BY queue_id", queueId);
}

QueueTable QueueReader::recipients(std::string_view queueId) {
    return ask(database_,
               {"recipient", "final", "state", "courier", "next_hop", "attempts", "next_attempt",
                "status", "diagnostic", "remote_mta", "settled"},
               "FROM queue_recipients WHERE queue_id = ?", queueId);
}

QueueTable QueueReader::attempts(std::string_view queueId) {
    return ask(database_,
               {"at", "recipient", "outcome", "took_ms", "status", "diagnostic", "remote_mta"},
               "FROM queue_attempts WHERE queue_id = ? ORDER BY at", queueId);
}

std::vector<WaitingRecipient> QueueReader::waiting(std::size_t limit) {
    auto rows = database_.prepare(
        "SELECT queue_id, q.received, q.size, q.sender, r.recipient, r.state, r.courier, "
        "r.next_hop,"
        " r.attempts, r.next_attempt, r.diagnostic"
        " FROM (SELECT * FROM queue LIMIT ?1) q JOIN queue_recipients r USING (queue_id)"
        " WHERE r.state IN ('pending', 'held') ORDER BY queue_id LIMIT ?1");
    rows.bind(1, static_cast<std::int64_t>(limit));
    std::vector<WaitingRecipient> waiting;
    while (rows.step()) {
        waiting.push_back({.queueId = rows.text(0),
                           .received = rows.text(1),
                           .size = static_cast<std::uint64_t>(rows.integer(2)),
                           .sender = rows.text(3),
                           .recipient = rows.text(4),
                           .state = rows.text(5),
                           .courier = rows.text(6),
                           .nextHop = rows.text(7),
                           .attempts = static_cast<std::uint64_t>(rows.integer(8)),
                           .nextAttempt = rows.text(9),
                           .diagnostic = rows.text(10)});
    }
    return waiting;
}

}  // namespace postrider::queue
