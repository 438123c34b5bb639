#include "server/queue/stored_rows.h"

#include <algorithm>
#include <utility>

namespace postrider::queue {

namespace {

template <class T>
T orDamaged(std::optional<T> value, const char* what) {
    if (!value) throw DamagedRow(what);
    return *std::move(value);
}

mail::RcptParameters rcptParameters(const storage::Statement& row, int first) {
    mail::RcptParameters parameters;
    if (const auto notify = row.optionalText(first)) {
        parameters.notify = orDamaged(mail::notifyFromString(*notify), "recipient.notify");
    }
    if (const auto type = row.optionalText(first + 1)) {
        parameters.orcpt = mail::OriginalRecipient{*type, row.text(first + 2)};
    }
    return parameters;
}

mail::MailParameters mailParameters(const storage::Statement& row, int first) {
    mail::MailParameters parameters;
    parameters.body = orDamaged(mail::bodyTypeFromString(row.text(first)), "message.body");
    parameters.smtputf8 = row.integer(first + 1) != 0;
    parameters.requireTls = row.integer(first + 2) != 0;
    if (const auto ret = row.optionalText(first + 3)) {
        parameters.ret = orDamaged(mail::retFromString(*ret), "message.ret");
    }
    parameters.envid = row.optionalText(first + 4);
    return parameters;
}

mail::MessageContent spooledContent(const SpoolFolder& spool, const std::string& name,
                                    std::int64_t size, const std::string& checksum) {
    const auto octets = static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0));
    if (spool.checksum(name, octets) != checksum) {
        throw DamagedRow(spool.fileOf(name).string() + " is damaged");
    }
    return mail::MessageContent::fromFile(spool.fileOf(name), octets);
}

}  // namespace

std::vector<std::int64_t> chooseDue(storage::Database& reader, const DueQuery& query) {
    const auto statement = reader.kept(
        "SELECT id, courier, next_hop FROM recipient WHERE next_attempt_at <= ?"
        " ORDER BY next_attempt_at");
    statement->bind(1, unixSeconds(query.now));
    std::vector<std::int64_t> chosen;
    while (chosen.size() < query.limit && statement->step()) {
        const DueCandidate candidate{statement->integer(0), statement->text(1), statement->text(2)};
        if (query.skip && query.skip(candidate)) continue;
        chosen.push_back(candidate.rowId);
    }
    return chosen;
}

std::optional<DueRecipient> readDueRecipient(storage::Database& reader, std::int64_t rowId,
                                             std::int64_t now) {
    const auto row = reader.kept(
        "SELECT m.queue_id, r.courier, r.next_hop, r.original, r.final, r.attempts, r.notify,"
        " r.orcpt_type, r.orcpt_address, r.warned_at FROM recipient r JOIN message m ON m.id = "
        "r.message_id"
        " WHERE r.id = ? AND r.next_attempt_at <= ?");
    row->bind(1, rowId).bind(2, now);
    if (!row->step()) return std::nullopt;
    return DueRecipient{
        .rowId = rowId,
        .id = orDamaged(mail::QueueId::parse(row->text(0)), "message.queue_id"),
        .courier = row->text(1),
        .nextHop = row->text(2),
        .original = orDamaged(mail::ForwardPath::fromString(row->text(3)), "recipient.original"),
        .final = orDamaged(mail::ForwardPath::fromString(row->text(4)), "recipient.final"),
        .parameters = rcptParameters(*row, 6),
        .attempts = static_cast<unsigned>(row->integer(5)),
        .warned = !row->isNull(9)};
}

std::optional<WallTime> readNextDue(storage::Database& reader) {
    const auto row =
        reader.kept("SELECT min(next_attempt_at) FROM recipient WHERE next_attempt_at IS NOT NULL");
    if (!row->step() || row->isNull(0)) return std::nullopt;
    return fromUnixSeconds(row->integer(0));
}

bool anyoneWaitsBeyond(storage::Database& reader, std::int64_t latest, std::int64_t now) {
    const auto row = reader.kept(
        "SELECT 1 FROM recipient WHERE next_attempt_at > ?1 AND NOT EXISTS"
        " (SELECT 1 FROM message WHERE id = message_id AND release_at > ?2) LIMIT 1");
    row->bind(1, latest).bind(2, now);
    return row->step();
}

std::int64_t makeDueBeyond(storage::Database& database, std::int64_t latest, std::int64_t now) {
    const auto statement = database.kept(
        "UPDATE recipient SET next_attempt_at = ?2 WHERE next_attempt_at > ?1 AND NOT EXISTS"
        " (SELECT 1 FROM message WHERE id = message_id AND release_at > ?2)");
    statement->bind(1, latest).bind(2, now);
    statement->run();
    return database.changes();
}

std::optional<StoredMessage> readMessage(storage::Database& reader, const mail::QueueId& id,
                                         const SpoolFolder& spool) {
    const auto row = reader.kept(
        "SELECT m.reverse_path, m.received_at, m.expires_at, c.prepended, c.octets, c.spool_name,"
        " c.size, c.xxh64, m.body, m.smtputf8, m.requiretls, m.ret, m.envid,"
        " m.auth_user, m.release_at"
        " FROM message m JOIN content c ON c.message_id = m.id"
        " WHERE m.queue_id = ? AND m.finished_at IS NULL");
    row->bind(1, id.toString());
    if (!row->step()) return std::nullopt;
    StoredMessage message{.id = id,
                          .reversePath = orDamaged(mail::ReversePath::fromString(row->text(0)),
                                                   "message.reverse_path"),
                          .parameters = mailParameters(*row, 8),
                          .receivedAt = fromUnixSeconds(row->integer(1)),
                          .expiresAt = fromUnixSeconds(row->integer(2)),
                          .content = mail::MessageContent::fromMemory({}),
                          .authUser = row->text(13)};
    if (!row->isNull(14)) message.releaseAt = fromUnixSeconds(row->integer(14));
    const std::string prepended = row->text(3);
    if (row->isNull(5)) {
        message.content = mail::MessageContent::fromMemory(row->text(4));
    } else {
        const std::string name = row->text(5);
        const std::int64_t size = row->integer(6);
        const std::string checksum = row->text(7);
        // A large file takes its time: let go of the snapshot, which holds back the WAL.
        row->reset();
        message.content = spooledContent(spool, name, size, checksum);
    }
    message.content = message.content.withPrepended(prepended);
    return message;
}

QueueTotals readTotals(storage::Database& reader, std::int64_t now) {
    const auto row = reader.kept(
        "SELECT (SELECT count(*) FROM recipient WHERE next_attempt_at IS NOT NULL),"
        " (SELECT count(*) FROM recipient WHERE state = 'held'),"
        " (SELECT received_at FROM message m WHERE finished_at IS NULL AND EXISTS"
        "  (SELECT 1 FROM recipient WHERE message_id = m.id AND settled_at IS NULL"
        "   AND state = 'pending') ORDER BY m.id LIMIT 1)");
    QueueTotals totals;
    if (!row->step()) return totals;
    totals.pending = static_cast<std::uint64_t>(row->integer(0));
    totals.held = static_cast<std::uint64_t>(row->integer(1));
    if (!row->isNull(2)) {
        totals.oldestPendingAge =
            static_cast<std::uint64_t>(std::max<std::int64_t>(now - row->integer(2), 0));
    }
    return totals;
}

std::int64_t deleteMessagesFinishedBefore(storage::Database& database, std::int64_t time) {
    const auto statement = database.kept(
        "DELETE FROM message WHERE id IN"
        " (SELECT id FROM message WHERE finished_at < ? ORDER BY finished_at LIMIT 200)");
    statement->bind(1, time);
    statement->run();
    return database.changes();
}

}  // namespace postrider::queue
