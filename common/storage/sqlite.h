#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace postrider::storage {

/// SQLite said no. Broken world unless isBusy() or isFull(): those are answers of a working day.
class SqliteError : public std::runtime_error {
public:
    SqliteError(int code, const std::string& what) : std::runtime_error(what), code_(code) {}
    [[nodiscard]] int code() const noexcept { return code_; }  ///< extended result code
    [[nodiscard]] bool isBusy() const noexcept;                ///< somebody else holds the lock
    [[nodiscard]] bool isFull()
        const noexcept;  ///< disk full or an I/O error on write; the transaction is gone

private:
    int code_;
};

/// How to open a database file.
struct DatabaseOptions {
    enum class Mode { ReadWriteCreate, ReadWrite, ReadOnly };
    enum class Synchronous { Normal, Full };
    Mode mode = Mode::ReadWriteCreate;
    Synchronous synchronous = Synchronous::Full;
    std::chrono::milliseconds busyTimeout{5000};
};

class KeptStatement;
class Statement;

/// One connection: WAL, foreign keys on, trusted_schema off, busy timeout set before anything else
/// (page_size 8192 and auto_vacuum incremental before the first table). A file that it creates can
/// be read by its owner only. Stands on a Poco::Data session. One thread at a time.
class Database {
public:
    /// Throws SqliteError.
    static Database open(const std::filesystem::path& file, const DatabaseOptions& options);
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// Compiles one statement. Throws SqliteError.
    [[nodiscard]] Statement prepare(std::string_view sql);
    /// The same, compiled at first use and then kept by this connection. Not to be asked for again
    /// while it is in use.
    [[nodiscard]] KeptStatement kept(std::string_view sql);
    /// Runs one or more statements that return nothing of interest.
    void execute(std::string_view sql);
    /// The first column of the first row of a query, as an integer.
    [[nodiscard]] std::int64_t queryInteger(std::string_view sql);
    [[nodiscard]] std::string queryText(std::string_view sql);
    [[nodiscard]] std::int64_t lastInsertRowId() const;
    [[nodiscard]] std::int64_t changes() const;
    /// Octets in the -wal file, 0 when there is none.
    [[nodiscard]] std::uint64_t walSize() const;
    /// "queue" for .../queue.db; names metrics and messages.
    [[nodiscard]] std::string name() const;
    /// No transaction is open, perhaps because SQLite rolled it back by itself.
    [[nodiscard]] bool isIdle() const noexcept;
    [[nodiscard]] sqlite3* handle() const noexcept { return handle_; }

private:
    struct Connection;
    explicit Database(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
    sqlite3* handle_;
};

/// A compiled statement. Parameters count from 1, columns from 0. Reusable: bind..., step() until
/// false, reset(). Bound text and blobs are copied. Must not outlive its Database. One thread.
class Statement {
public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, std::string_view text);
    Statement& bind(int index, const std::string& text) {
        return bind(index, std::string_view{text});
    }
    Statement& bind(int index, const char* text) { return bind(index, std::string_view{text}); }
    Statement& bindBlob(int index, std::string_view octets);
    Statement& bindNull(int index);
    Statement& bind(int index, const std::optional<std::string>& text);
    Statement& bind(int index, const std::optional<std::int64_t>& value);

    /// True while there is a row. Throws SqliteError.
    bool step();
    /// step() for statements without rows, then reset(), also when it throws.
    void run();
    /// Ready for another use, parameters NULL again.
    void reset() noexcept;

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(
        int column) const;  ///< also octets of a BLOB, NULs kept; empty for NULL
    [[nodiscard]] std::optional<std::string> optionalText(int column) const;
    [[nodiscard]] bool isNull(int column) const;

private:
    friend class Database;
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    sqlite3_stmt* statement_ = nullptr;
};

/// A statement lent by Database::kept(); put back clean, so that no read outlives its use. One
/// thread.
class KeptStatement {
public:
    explicit KeptStatement(Statement& statement) : statement_(statement) {}
    KeptStatement(const KeptStatement&) = delete;
    KeptStatement& operator=(const KeptStatement&) = delete;
    ~KeptStatement() { statement_.reset(); }
    Statement& operator*() const noexcept { return statement_; }
    Statement* operator->() const noexcept { return &statement_; }

private:
    Statement& statement_;
};

/// One snapshot for several queries; ended by the destructor. Keep it short: it holds back the WAL.
class ReadTransaction {
public:
    explicit ReadTransaction(Database& database);
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;
    ~ReadTransaction();

private:
    Database& database_;
};

/// BEGIN IMMEDIATE; rolled back unless commit() was called. Nothing is thrown from the destructor.
class WriteTransaction {
public:
    explicit WriteTransaction(Database& database);
    WriteTransaction(const WriteTransaction&) = delete;
    WriteTransaction& operator=(const WriteTransaction&) = delete;
    ~WriteTransaction();
    void commit();

private:
    Database& database_;
    bool open_ = true;
};

/// One step of a schema: SQL that brings version N-1 to N.
struct Migration {
    int version = 0;
    std::string_view sql;
};

class SchemaTooNew : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Brings `user_version` up to the last migration, each step in one transaction. Throws
/// SchemaTooNew when the file was written by a later release, SqliteError otherwise, also for a
/// file with foreign tables.
void migrate(Database& database, std::span<const Migration> migrations);

}  // namespace postrider::storage
