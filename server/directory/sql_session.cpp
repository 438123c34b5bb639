#include "server/directory/sql_session.h"

#include "common/base/text.h"

#include <Poco/Data/MySQL/Connector.h>
#include <Poco/Data/PostgreSQL/Connector.h>
#include <Poco/Data/RecordSet.h>
#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/Exception.h>
#include <algorithm>
#include <array>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <unistd.h>

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
        case SqlConnector::Mysql:
            return {data::MySQL::Connector::KEY, target.connection, seconds};
    }
    data::Session session{data::SQLite::Connector::KEY, sqliteUri(target.connection), 1};
    session.setConnectionTimeout(seconds);  // how long it waits for a lock
    return session;
}

/// The value of a column as text; nothing when there is no such column, or NULL in it.
std::optional<std::string> valueOf(const data::RecordSet& rows, std::string_view column) {
    for (std::size_t i = 0; i < rows.columnCount(); ++i) {
        if (!text::equalsIgnoreCase(rows.columnName(i), column)) continue;
        if (rows.isNull(i, 0)) return std::nullopt;
        return std::string{text::trim(rows.value(i, 0).convert<std::string>())};
    }
    return std::nullopt;
}

/// Databases have booleans, numbers and words for it.
bool isYes(const data::RecordSet& rows, std::string_view column) {
    const auto value = valueOf(rows, column);
    if (!value) return true;
    const auto word = text::lower(*value);
    const auto is = [&word](std::string_view known) { return word == known; };
    constexpr std::array<std::string_view, 5> yes{"1", "true", "t", "yes", "y"};
    constexpr std::array<std::string_view, 5> no{"0", "false", "f", "no", "n"};
    if (std::any_of(yes.begin(), yes.end(), is)) return true;
    if (std::any_of(no.begin(), no.end(), is)) return false;
    throw std::runtime_error{"the column " + std::string{column} + " holds neither yes nor no"};
}

std::optional<std::uint64_t> limitIn(const data::RecordSet& rows, std::string_view column) {
    const auto value = valueOf(rows, column);
    if (!value) return std::nullopt;
    const auto limit = text::parseUnsigned(*value);
    if (!limit) throw std::runtime_error{"the column " + std::string{column} + " holds no number"};
    return limit;
}

}  // namespace

struct SqlSession::Connection {
    data::Session session;
};

SqlSession::SqlSession(std::unique_ptr<Connection> connection, const SqlQuery& query)
    : connection_(std::move(connection)), query_(query) {}

SqlSession::~SqlSession() = default;

Result<std::unique_ptr<SqlSession>, std::string> SqlSession::open(const SqlTarget& target) {
    try {
        auto connection = std::make_unique<Connection>(Connection{connect(target)});
        return std::unique_ptr<SqlSession>{new SqlSession{std::move(connection), target.query}};
    } catch (const std::exception& error) {
        return Unexpected{reasonOf(error)};
    }
}

Result<std::optional<SqlRow>, std::string> SqlSession::ask(const std::string& address) {
    try {
        std::string bound = address;
        data::Statement statement{connection_->session};
        statement << query_.text();
        for (std::size_t i = 0; i < query_.parameters(); ++i)
            statement, data::Keywords::use(bound);
        statement, data::Keywords::limit(1);
        statement.execute();
        const data::RecordSet rows{statement};
        if (rows.rowCount() == 0) return std::optional<SqlRow>{};
        SqlRow row;
        row.password = valueOf(rows, "password").value_or("");
        row.maySend = isYes(rows, "may_send");
        row.mayReceive = isYes(rows, "may_receive");
        row.maxSize = limitIn(rows, "max_size");
        row.maxRecipients = limitIn(rows, "max_recipients");
        return std::optional{std::move(row)};
    } catch (const std::exception& error) {
        return Unexpected{reasonOf(error)};
    }
}

}  // namespace postrider::directory
