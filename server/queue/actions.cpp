#include "server/queue/actions.h"

#include <array>
#include <string_view>

namespace postrider::queue {

namespace {

/// What a verb works on.
struct Scene {
    storage::Database& database;
    const Action& action;
    std::int64_t messageId;
    std::int64_t now;
};

std::string recipients(std::int64_t count, std::string_view did) {
    return std::to_string(count) + (count == 1 ? " recipient " : " recipients ") + std::string{did};
}

std::int64_t runForMessage(const Scene& scene, std::string_view sql) {
    const auto statement = scene.database.kept(sql);
    statement->bind(1, scene.messageId).bind(2, scene.now);
    statement->run();
    return scene.database.changes();
}

ActionResult retry(const Scene& scene) {
    const auto count = runForMessage(
        scene,
        "UPDATE recipient SET next_attempt_at = ?2 WHERE message_id = ?1 AND state = 'pending'");
    return {recipients(count, "due now"), std::nullopt};
}

ActionResult hold(const Scene& scene) {
    const auto statement = scene.database.kept(
        "UPDATE recipient SET state = 'held', next_attempt_at = NULL"
        " WHERE message_id = ? AND state = 'pending'");
    statement->bind(1, scene.messageId);
    statement->run();
    return {recipients(scene.database.changes(), "held"), std::nullopt};
}

/// What was sent with a time of release (RFC 4865) waits for it, unless somebody wants that very
/// message tried: retry and expire do.
constexpr std::string_view dueNow =
    "max(?2, coalesce((SELECT release_at FROM message WHERE id = ?1), 0))";

ActionResult release(const Scene& scene) {
    const auto count = runForMessage(
        scene, "UPDATE recipient SET state = 'pending', next_attempt_at = " + std::string{dueNow} +
                   " WHERE message_id = ?1 AND state = 'held'");
    return {recipients(count, "released"), std::nullopt};
}

ActionResult remove(const Scene& scene) {
    const auto count = runForMessage(
        scene,
        "UPDATE recipient SET state = 'removed', next_attempt_at = NULL, settled_at = ?2"
        " WHERE message_id = ?1 AND settled_at IS NULL");
    return {recipients(count, "removed"),
            finishIfSettled(scene.database, scene.messageId, scene.now)};
}

/// Delivery notifies the sender: it is told to by a time of expiry that no message has from the
/// beginning (StoredMessage::isGivenUp).
ActionResult expire(const Scene& scene) {
    const auto statement =
        scene.database.kept("UPDATE message SET expires_at = received_at - 1 WHERE id = ?");
    statement->bind(1, scene.messageId);
    statement->run();
    const auto count = runForMessage(scene,
                                     "UPDATE recipient SET state = 'pending', next_attempt_at = ?2"
                                     " WHERE message_id = ?1 AND settled_at IS NULL");
    return {recipients(count, "given up"), std::nullopt};
}

ActionResult reroute(const Scene& scene) {
    const auto statement = scene.database.kept(
        "UPDATE recipient SET next_hop = ?3, courier = coalesce(?4, courier),"
        " next_attempt_at = CASE state WHEN 'pending' THEN " +
        std::string{dueNow} + " END WHERE message_id = ?1 AND settled_at IS NULL");
    statement->bind(1, scene.messageId)
        .bind(2, scene.now)
        .bind(3, scene.action.nextHop)
        .bind(4, scene.action.courier);
    statement->run();
    return {recipients(scene.database.changes(), "rerouted"), std::nullopt};
}

ActionResult flush(storage::Database& database, const Action& action, std::int64_t now) {
    const auto statement = database.kept(
        "UPDATE recipient SET next_attempt_at = ?1 WHERE next_attempt_at > ?1"
        " AND (?2 = '*' OR next_hop = ?2) AND (?3 IS NULL OR courier = ?3)"
        " AND NOT EXISTS (SELECT 1 FROM message WHERE id = message_id AND release_at > ?1)");
    statement->bind(1, now).bind(2, action.nextHop).bind(3, action.courier);
    statement->run();
    return {recipients(database.changes(), "due now"), std::nullopt};
}

ActionResult forget(storage::Database& database, const Action& action) {
    const auto statement = database.kept("DELETE FROM domain_tls WHERE domain = lower(?)");
    statement->bind(1, action.nextHop);
    statement->run();
    return {database.changes() == 1 ? "forgotten" : "refused: nothing was remembered",
            std::nullopt};
}

bool isFinished(storage::Database& database, std::int64_t messageId) {
    const auto statement = database.kept("SELECT finished_at FROM message WHERE id = ?");
    statement->bind(1, messageId);
    return !statement->step() || !statement->isNull(0);
}

struct Verb {
    std::string_view name;
    ActionResult (*carryOut)(const Scene&);
};
constexpr std::array verbs{Verb{"retry", retry},     Verb{"hold", hold},
                           Verb{"release", release}, Verb{"remove", remove},
                           Verb{"expire", expire},   Verb{"reroute", reroute}};

ActionResult carryOutOnMessage(storage::Database& database, const Action& action,
                               std::int64_t now) {
    const std::optional<std::int64_t> messageId = findMessage(database, action.queueId);
    if (!messageId || isFinished(database, *messageId)) {
        return {"refused: the message is finished", std::nullopt};
    }
    for (const Verb& verb : verbs) {
        if (verb.name == action.verb) return verb.carryOut({database, action, *messageId, now});
    }
    return {"refused: unknown verb", std::nullopt};
}

}  // namespace

std::vector<Action> waitingActions(storage::Database& database) {
    const auto statement = database.kept(
        "SELECT id, verb, queue_id, next_hop, courier, requested_by FROM action"
        " WHERE done_at IS NULL ORDER BY id LIMIT 100");
    std::vector<Action> waiting;
    while (statement->step()) {
        waiting.push_back({.id = statement->integer(0),
                           .verb = statement->text(1),
                           .queueId = statement->text(2),
                           .nextHop = statement->text(3),
                           .courier = statement->optionalText(4),
                           .requestedBy = statement->text(5)});
    }
    return waiting;
}

ActionResult carryOut(storage::Database& database, const Action& action, std::int64_t now) {
    ActionResult result = action.verb == "flush"    ? flush(database, action, now)
                          : action.verb == "forget" ? forget(database, action)
                                                    : carryOutOnMessage(database, action, now);
    writeResult(database, action, now, result.text);
    return result;
}

void writeResult(storage::Database& database, const Action& action, std::int64_t now,
                 const std::string& text) {
    const auto statement =
        database.kept("UPDATE action SET done_at = ?, result = ? WHERE id = ? AND done_at IS NULL");
    statement->bind(1, now).bind(2, text).bind(3, action.id);
    statement->run();
}

void deleteActionsBefore(storage::Database& database, std::int64_t time) {
    const auto statement = database.kept("DELETE FROM action WHERE done_at < ?");
    statement->bind(1, time);
    statement->run();
}

}  // namespace postrider::queue
