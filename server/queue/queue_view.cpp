#include "server/queue/queue_view.h"

#include "common/storage/sqlite.h"

namespace postrider::queue {

std::vector<WaitingRecipient> QueueView::waiting(std::size_t limit) const {
    auto database =
        storage::Database::open(file_, {.mode = storage::DatabaseOptions::Mode::ReadOnly});
    auto rows = database.prepare(
        "SELECT queue_id, q.received, q.size, q.sender, r.recipient, r.state, r.courier, r.next_hop,"
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
