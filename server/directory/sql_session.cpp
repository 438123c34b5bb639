#include "server/directory/sql_session.h"

#include "common/base/text.h"

#include <Poco/Any.h>
#include <Poco/Data/MetaColumn.h>
#include <Poco/Data/MySQL/Connector.h>
#include <Poco/Data/MySQL/ResultMetadata.h>
#include <Poco/Data/MySQL/StatementExecutor.h>
#include <Poco/Data/PostgreSQL/Connector.h>
#include <Poco/Data/RecordSet.h>
#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/Exception.h>
#include <algorithm>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace postrider::directory {

namespace {

namespace data = Poco::Data;

void registerConnectors() {
    static std::once_flag once;
    std::call_once(once, [] {
        data::SQLite::Connector::registerConnector();
        data::PostgreSQL::Connector::registerConnector();
        data::MySQL::Connector::registerConnector();
    });
}

/// The databases' messages have several lines, with the query among them.
std::string oneLine(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return text::isControl(c); }, ' ');
    return text::printable(text::trim(text), 500);
}

std::string reasonOf(const std::exception& error) {
    const auto* poco = dynamic_cast<const Poco::Exception*>(&error);
    return oneLine(poco != nullptr ? poco->displayText() : error.what());
}

/// Read only, so that a wrong path makes no file.
std::string sqliteUri(const std::string& file) {
    // POCO waits out its login timeout for a file that cannot be opened and does not say why
    if (::access(file.c_str(), R_OK) != 0) throw std::runtime_error{"cannot read " + file};
    std::string uri = "file:";
    for (const char c : file) {
        const bool special = c == '%' || c == '?' || c == '#';
        uri += special ? "%" + text::toHex({&c, 1}) : std::string{c};
    }
    return uri + "?mode=ro";
}

/// libpq waits for ever unless told; what stands later in the string counts.
std::string postgresqlString(const SqlTarget& target) {
    const auto& given = target.connection;
    if (given.starts_with("postgresql://") || given.starts_with("postgres://")) return given;
    const auto seconds = std::to_string(target.patience.count());
    return "connect_timeout=" + seconds + " tcp_user_timeout=" + seconds + "000 " + given;
}

/// Four octets a character: in "utf8" as MySQL has it, longer ones would be asked for as `?`.
std::string mysqlString(const SqlTarget& target) {
    return "character-set=utf8mb4;" + target.connection;
}

/// MariaDB and MySQL have different names for it, and skip what is written for the other. What
/// neither skips is there so that the list never is empty.
std::string mysqlLimits(const SqlTarget& target) {
    const auto seconds = std::to_string(target.patience.count());
    return "SET /*M!100101 max_statement_time = " + seconds +
           ", */ /*!50708 max_execution_time = " + seconds + "000, */ @postrider = 1";
}

data::Session connect(const SqlTarget& target) {
    registerConnectors();
    const auto seconds = static_cast<std::size_t>(target.patience.count());
    switch (target.connector) {
        case SqlConnector::Sqlite:
            break;
        case SqlConnector::Postgresql: {
            data::Session session{data::PostgreSQL::Connector::KEY, postgresqlString(target),
                                  seconds};
            session << "SET statement_timeout = " + std::to_string(1000 * seconds),
                data::Keywords::now;
            return session;
        }
        case SqlConnector::Mysql: {
            data::Session session{data::MySQL::Connector::KEY, mysqlString(target), seconds};
            session << mysqlLimits(target), data::Keywords::now;
            return session;
        }
    }
    data::Session session{data::SQLite::Connector::KEY, sqliteUri(target.connection), 1};
    session.setConnectionTimeout(seconds);  // how long it waits for a lock
    return session;
}

/// POCO reads a column that MySQL gives no length for (LONGTEXT, LONGBLOB, JSON) through a null
/// pointer. The length is known when the query has been prepared, before anything is read.
void refuseEndlessColumns(data::Session& session, const std::string& query) {
    auto* const handle = Poco::AnyCast<MYSQL*>(session.getProperty("handle"));
    data::MySQL::StatementExecutor statement{handle};
    statement.prepare(query);
    data::MySQL::ResultMetadata columns;
    columns.init(statement);
    for (Poco::UInt32 i = 0; i < columns.columnsReturned(); ++i) {
        const auto& column = columns.metaColumn(i);
        if (column.type() != data::MetaColumn::FDT_BLOB || column.length() != 0) continue;
        throw std::runtime_error{"the column " + column.name() + " has no length: write CAST(" +
                                 column.name() + " AS CHAR(1000)) in its place"};
    }
}

SqlRow rowAt(const data::RecordSet& rows, std::size_t index) {
    SqlRow row;
    for (std::size_t i = 0; i < rows.columnCount(); ++i) {
        SqlValue value{rows.columnName(i), std::nullopt};
        if (!rows.isNull(i, index)) {
            value.text = text::trim(rows.value(i, index).convert<std::string>());
        }
        row.values.push_back(std::move(value));
    }
    return row;
}

}  // namespace

struct SqlSession::Connection {
    SqlConnector connector;
    data::Session session;
};

SqlSession::SqlSession(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

SqlSession::~SqlSession() = default;

Result<std::unique_ptr<SqlSession>, std::string> SqlSession::open(const SqlTarget& target) {
    try {
        auto connection =
            std::make_unique<Connection>(Connection{target.connector, connect(target)});
        return std::unique_ptr<SqlSession>{new SqlSession{std::move(connection)}};
    } catch (const std::exception& error) {
        return Unexpected{reasonOf(error)};
    }
}

Result<std::vector<SqlRow>, std::string> SqlSession::ask(const SqlQuestion& question) {
    auto& [connector, session] = *connection_;
    try {
        const std::string& query = question.query.text();
        if (connector == SqlConnector::Mysql) refuseEndlessColumns(session, query);
        std::string bound = question.address;
        data::Statement statement{session};
        statement << query;
        for (std::size_t i = 0; i < question.query.parameters(); ++i)
            statement, data::Keywords::use(bound);
        statement, data::Keywords::limit(question.rows);
        statement.execute();
        const data::RecordSet found{statement};
        std::vector<SqlRow> rows;
        for (std::size_t i = 0; i < found.rowCount(); ++i)
            rows.push_back(rowAt(found, i));
        return rows;
    } catch (const std::exception& error) {
        return Unexpected{reasonOf(error)};
    }
}

}  // namespace postrider::directory
