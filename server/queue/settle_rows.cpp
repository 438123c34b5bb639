#include "server/queue/settle_rows.h"

#include "common/base/text.h"

#include <algorithm>

namespace postrider::queue {

namespace {

constexpr std::size_t longestDiagnostic = 1024;
constexpr std::size_t longestName = 255;

std::string_view outcomeWord(RecipientState state) {
    return state == RecipientState::Pending ? "deferred" : toString(state);
}

void insertAttempt(storage::Database& database, const RecipientOutcome& outcome,
                   const std::string& diagnostic, const std::string& remoteMta) {
    const auto statement = database.kept(
        "INSERT INTO attempt (recipient_id, at, took_ms, outcome, status, diagnostic, remote_mta)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)");
    statement->bind(1, outcome.rowId)
        .bind(2, unixSeconds(outcome.at))
        .bind(3, std::max<std::int64_t>(outcome.took.count(), 0))
        .bind(4, outcomeWord(outcome.state))
        .bind(5, outcome.status.toString())
        .bind(6, diagnostic)
        .bind(7, remoteMta);
    statement->run();
}

bool updateRecipient(storage::Database& database, std::int64_t messageId,
                     const RecipientOutcome& outcome, const std::string& diagnostic,
                     const std::string& remoteMta) {
    // "Delivered" is a fact, whatever an operator wished meanwhile; everything else yields to the
    // wish.
    const auto statement = database.kept(
        "UPDATE recipient SET state = ?3, next_attempt_at = ?4, settled_at = ?5,"
        " attempts = attempts + 1, status = ?6, diagnostic = ?7, remote_mta = ?8,"
        " warned_at = coalesce(?9, warned_at)"
        " WHERE id = ?1 AND message_id = ?2"
        " AND (state = 'pending' OR (?3 = 'delivered' AND state IN ('held', 'removed')))");
    statement->bind(1, outcome.rowId).bind(2, messageId).bind(3, toString(outcome.state));
    if (outcome.state == RecipientState::Pending) {
        statement->bind(4, unixSeconds(outcome.nextAttempt));
    } else {
        statement->bind(5, unixSeconds(outcome.at));
    }
    statement->bind(6, outcome.status.toString()).bind(7, diagnostic).bind(8, remoteMta);
    if (outcome.warned) statement->bind(9, unixSeconds(outcome.at));
    statement->run();
    return database.changes() == 1;
}

bool belongsTo(storage::Database& database, std::int64_t messageId, std::int64_t rowId) {
    const auto statement = database.kept("SELECT 1 FROM recipient WHERE id = ? AND message_id = ?");
    statement->bind(1, rowId).bind(2, messageId);
    return statement->step();
}

bool hasUnsettled(storage::Database& database, std::int64_t messageId) {
    const auto statement = database.kept(
        "SELECT 1 FROM recipient WHERE message_id = ? AND settled_at IS NULL LIMIT 1");
    statement->bind(1, messageId);
    return statement->step();
}

/// Nothing when there was no content left to delete.
std::optional<Finished> deleteContent(storage::Database& database, std::int64_t messageId) {
    const auto statement =
        database.kept("DELETE FROM content WHERE message_id = ? RETURNING spool_name");
    statement->bind(1, messageId);
    if (!statement->step()) return std::nullopt;
    return Finished{statement->optionalText(0)};
}

void finishMessage(storage::Database& database, std::int64_t messageId, std::int64_t now) {
    const auto statement = database.kept("UPDATE message SET finished_at = ? WHERE id = ?");
    statement->bind(1, now).bind(2, messageId);
    statement->run();
}

}  // namespace

std::string_view toString(RecipientState state) {
    switch (state) {
        case RecipientState::Pending:
            return "pending";
        case RecipientState::Held:
            return "held";
        case RecipientState::Delivered:
            return "delivered";
        case RecipientState::Failed:
            return "failed";
        case RecipientState::Expired:
            return "expired";
        case RecipientState::Removed:
            return "removed";
    }
    return "";
}

std::optional<std::int64_t> findMessage(storage::Database& database, const std::string& queueId) {
    const auto statement = database.kept("SELECT id FROM message WHERE queue_id = ?");
    statement->bind(1, queueId);
    if (!statement->step()) return std::nullopt;
    return statement->integer(0);
}

bool settleRecipient(storage::Database& database, std::int64_t messageId,
                     const RecipientOutcome& outcome) {
    const std::string diagnostic = text::printable(outcome.diagnostic, longestDiagnostic);
    const std::string remoteMta = text::printable(outcome.remoteMta, longestName);
    const bool changed = updateRecipient(database, messageId, outcome, diagnostic, remoteMta);
    if (!changed && !belongsTo(database, messageId, outcome.rowId)) return false;
    if (outcome.tried) insertAttempt(database, outcome, diagnostic, remoteMta);
    return changed;
}

std::optional<Finished> finishIfSettled(storage::Database& database, std::int64_t messageId,
                                        std::int64_t now) {
    if (hasUnsettled(database, messageId)) return std::nullopt;
    std::optional<Finished> finished = deleteContent(database, messageId);
    if (finished) finishMessage(database, messageId, now);
    return finished;
}

}  // namespace postrider::queue
