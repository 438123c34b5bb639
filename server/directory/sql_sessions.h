#pragma once

#include "server/directory/sql_session.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace postrider::directory {

struct SqlLimits {
    std::size_t sessions = 4;  ///< connections, each with its thread
    std::size_t waiting = 64;  ///< questions beyond those being asked
};

/// The pool of sessions. The databases' client libraries cannot be relied on to come back in time
/// (a host that has stopped in the middle of an answer), so each session lives in a thread of its
/// own, and who asks waits no longer than the target's patience, whatever becomes of the question.
///
/// Threads and connections are made when they are needed, and kept. A connection that has broken is
/// replaced within the same question, so that a restart of the database is not noticed.
/// Thread-safe.
class SqlSessions {
public:
    explicit SqlSessions(SqlTarget target, SqlLimits limits = {});
    SqlSessions(const SqlSessions&) = delete;
    SqlSessions& operator=(const SqlSessions&) = delete;
    /// Lets threads that hang in a client library go: they own what they use.
    ~SqlSessions();

    Result<std::vector<SqlRow>, std::string> ask(SqlQuestion question);

private:
    struct Shared;
    const std::shared_ptr<Shared> shared_;  ///< owned by us and by each thread
};

}  // namespace postrider::directory
