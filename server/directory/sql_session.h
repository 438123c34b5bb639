#pragma once

#include "common/base/result.h"
#include "server/directory/sql_query.h"
#include "server/directory/sql_row.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace postrider::directory {

/// Where the database is.
struct SqlTarget {
    SqlConnector connector = SqlConnector::Sqlite;
    /// An SQLite file, libpq's connection string, or POCO's for MySQL ("host=...;user=...").
    std::string connection;
    std::chrono::seconds patience{5};  ///< for the connection and for each query
};

/// What it is asked.
struct SqlQuestion {
    SqlQuery query;
    std::string address;   ///< for each parameter of the query
    std::size_t rows = 1;  ///< how many are read; what stands behind them is left
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

    /// After an error this session is of no use any more.
    Result<std::vector<SqlRow>, std::string> ask(const SqlQuestion& question);

private:
    struct Connection;
    explicit SqlSession(std::unique_ptr<Connection> connection);

    std::unique_ptr<Connection> connection_;
};

}  // namespace postrider::directory
