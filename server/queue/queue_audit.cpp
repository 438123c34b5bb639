#include "server/queue/queue_audit.h"

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

namespace postrider::queue {

namespace {

/// Messages in a state that no sequence of commits leads to.
struct Impossible {
    std::string_view what;
    std::string_view sql;  ///< selects queue ids
};
constexpr std::array impossibles{
    Impossible{"unfinished message without content",
               "SELECT queue_id FROM message WHERE finished_at IS NULL"
               " AND id NOT IN (SELECT message_id FROM content)"},
    Impossible{"unfinished message without an unsettled recipient",
               "SELECT queue_id FROM message m WHERE finished_at IS NULL AND NOT EXISTS"
               " (SELECT 1 FROM recipient WHERE message_id = m.id AND settled_at IS NULL)"},
    Impossible{"finished message with content",
               "SELECT queue_id FROM content JOIN message ON id = message_id"
               " WHERE finished_at IS NOT NULL"},
    Impossible{"finished message with an unsettled recipient",
               "SELECT DISTINCT queue_id FROM recipient r JOIN message m ON m.id = message_id"
               " WHERE finished_at IS NOT NULL AND (next_attempt_at IS NOT NULL OR state = 'held')"
               " AND settled_at IS NULL"}};

void checkPages(storage::Database& database) {
    constexpr std::int64_t mostPages = 65536;
    if (database.queryInteger("PRAGMA page_count") > mostPages) return;
    const std::string verdict = database.queryText("PRAGMA quick_check(1)");
    if (verdict != "ok") {
        constexpr int corrupt = 11;  // SQLITE_CORRUPT
        throw storage::SqliteError(corrupt, database.name() + ".db is damaged: " + verdict);
    }
}

std::int64_t auditStates(storage::Database& database, Log& log) {
    std::int64_t faults = 0;
    for (const Impossible& impossible : impossibles) {
        storage::Statement statement = database.prepare(impossible.sql);
        while (statement.step()) {
            log.error("queue-audit",
                      {{"id", statement.text(0)}, {"fault", std::string{impossible.what}}});
            ++faults;
        }
    }
    return faults;
}

std::int64_t auditSpool(storage::Database& database, const SpoolFolder& spool, Log& log) {
    std::int64_t faults = 0;
    std::set<std::string> known;
    storage::Statement statement = database.prepare(
        "SELECT c.spool_name, c.size, m.queue_id FROM content c JOIN message m ON m.id = "
        "c.message_id"
        " WHERE c.spool_name IS NOT NULL");
    while (statement.step()) {
        std::string name = statement.text(0);
        if (!spool.holds(name, static_cast<std::uint64_t>(statement.integer(1)))) {
            log.error("queue-audit", {{"id", statement.text(2)},
                                      {"fault", "spool file missing or of another size"},
                                      {"file", spool.fileOf(name).string()}});
            ++faults;
        }
        known.insert(std::move(name));
    }
    std::int64_t swept = 0;
    for (const std::string& name : spool.names()) {
        if (known.contains(name)) continue;
        spool.remove(name);
        ++swept;
    }
    if (swept > 0) {
        log.info("spool-swept", {{"files", std::to_string(swept)},
                                 {"reason", "their messages were never accepted"}});
    }
    return faults;
}

}  // namespace

void auditQueue(storage::Database& database, const SpoolFolder& spool, Log& log, Metrics& metrics) {
    checkPages(database);
    const std::int64_t faults = auditStates(database, log) + auditSpool(database, spool, log);
    metrics.gauge("postrider_queue_audit_faults", "Impossible states found at start.").set(faults);
}

}  // namespace postrider::queue
