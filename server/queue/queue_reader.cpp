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

}  // namespace postrider::queue
