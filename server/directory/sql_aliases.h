#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "server/directory/answer_cache.h"
#include "server/directory/source_watch.h"
#include "server/directory/sql_sessions.h"
#include "server/routing/alias_source.h"

#include <string>
#include <vector>

namespace postrider::directory {

/// The aliases of an SQL database. The query gets "name@domain", or "*@domain" for the catch-all,
/// and the first column of each row holds targets as they stand on the right side of an aliases
/// file; rows that are empty or NULL hold none.
///
/// A row that is no such line is an error of that alias, and so is a program (`| command`): who may
/// write to a database may not thereby run programs here. Answers are remembered for some seconds,
/// errors are not. Counted; the log says when the database goes away and when it is back.
/// Thread-safe.
class SqlAliases final : public routing::AliasSource {
public:
    /// All but the query outlive this.
    SqlAliases(SqlSessions& sessions, SqlQuery query, const Clock& clock, Log& log,
               Metrics& metrics, CacheLimits limits = {});

    [[nodiscard]] std::string_view name() const override { return "sql"; }
    Result<std::vector<routing::AliasTarget>, std::string> find(
        std::string_view alias, const mail::Domain& domain) override;

    /// Can the database be reached, and does it understand the query?
    Result<Done, std::string> probe();
    /// A reload: what is known from here on is new.
    void forget() { answers_.forget(); }

private:
    using Targets = std::vector<routing::AliasTarget>;
    Result<Targets, std::string> ask(const std::string& address, const mail::Domain& domain);
    Unexpected<std::string> unavailable(const std::string& reason);
    Unexpected<std::string> refuse(const std::string& address, const std::string& reason);

    SqlSessions& sessions_;
    const SqlQuery query_;
    const Clock& clock_;
    const CacheLimits limits_;
    SourceWatch watch_;
    AnswerCache<Targets> answers_;
    Counter& found_;
    Counter& unknown_;
    Counter& refused_;
    Counter& unavailable_;
};

}  // namespace postrider::directory
