#pragma once

#include "server/directory/sql_sessions.h"
#include "server/users/account_source.h"

#include <string>
#include <utility>

namespace postrider::directory {

struct SqlAccounts {
    SqlQuery query;      ///< sql.user_query
    bool scram = false;  ///< they may have SCRAM verifiers
};

/// The accounts of an SQL database: SQLite, PostgreSQL, MySQL. The query gets the address,
/// "user@domain", and returns the columns `password` (a hash as in a users file; empty or NULL: no
/// login), `may_send`, `may_receive`, `max_size` and `max_recipients`. Whatever the database says
/// but rows is an error. Thread-safe.
class SqlSource final : public users::AccountSource {
public:
    /// `sessions` outlives this.
    SqlSource(SqlSessions& sessions, SqlAccounts accounts)
        : sessions_(sessions), accounts_(std::move(accounts)) {}

    [[nodiscard]] std::string_view name() const override { return "sql"; }
    Result<std::optional<users::Account>, std::string> find(const mail::Mailbox& address) override;
    /// Never the database's task: its accounts bring their hash.
    Result<bool, std::string> check(const mail::Mailbox&, std::string_view) override {
        return false;
    }

    [[nodiscard]] bool holdsVerifiers() const override { return accounts_.scram; }

    /// Can the database be reached, and does it understand the query?
    Result<Done, std::string> probe();

private:
    SqlSessions& sessions_;
    const SqlAccounts accounts_;
};

}  // namespace postrider::directory
