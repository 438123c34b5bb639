#pragma once

#include "common/base/result.h"
#include "server/directory/sql_query.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace postrider::directory {

/// Where the database is and what it is asked.
struct SqlTarget {
    SqlConnector connector = SqlConnector::Sqlite;
    /// An SQLite file, libpq's connection string, or POCO's for MySQL ("host=...;user=...").
    std::string connection;
    SqlQuery query;
    std::chrono::seconds patience{5};  ///< for the connection and for each query
    bool scram = false;                ///< its accounts may have SCRAM verifiers
};

/// What the query told of an account. A column that is missing or NULL means yes, or no limit.
struct SqlRow {
    std::string password;  ///< a hash as in a users file; empty: nobody can log in
    bool maySend = true;
    bool mayReceive = true;
    std::optional<std::uint64_t> maxSize{};  ///< octets of a message
    std::optional<std::uint64_t> maxRecipients{};
};

/// One connection to an SQL database through POCO Data; the home of POCO's connectors (those for
/// PostgreSQL and MySQL are used nowhere else). One thread.
class SqlSession {
public:
    /// Connects. SQLite files are opened for reading only. Errors are one line and hold no
    /// password.
    static Result<std::unique_ptr<SqlSession>, std::string> open(const SqlTarget& target);
    ~SqlSession();
    SqlSession(const SqlSession&) = delete;
    SqlSession& operator=(const SqlSession&) = delete;

    /// The first row for this address; nothing when there is none. After an error this session is
    /// of no use any more.
    Result<std::optional<SqlRow>, std::string> ask(const std::string& address);

private:
    struct Connection;
    SqlSession(std::unique_ptr<Connection> connection, const SqlQuery& query);

    std::unique_ptr<Connection> connection_;
    const SqlQuery query_;
};

}  // namespace postrider::directory
