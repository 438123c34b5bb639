#include "common/storage/sqlite.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Data/Session.h>
#include <Poco/Exception.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <mutex>
#include <sqlite3.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <unordered_map>
#include <utility>

namespace postrider::storage {

namespace {

/// Finds a std::string key by std::string_view.
struct TextHash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

[[noreturn]] void fail(sqlite3* handle, const std::string& context) {
    throw SqliteError(sqlite3_extended_errcode(handle), context + ": " + sqlite3_errmsg(handle));
}

[[noreturn]] void cannotOpen(const std::filesystem::path& file, int error) {
    throw SqliteError(SQLITE_CANTOPEN, "cannot open " + file.string() + ": " +
                                           std::generic_category().message(error));
}

/// POCO waits out its login timeout when a file cannot be opened and then does not say why: look
/// first. An existing file is not opened here, for closing it would drop this process's locks on
/// it.
void checkAccess(const std::filesystem::path& file, DatabaseOptions::Mode mode) {
    if (mode == DatabaseOptions::Mode::ReadWriteCreate) {
        const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                              S_IRUSR | S_IWUSR);
        if (fd >= 0) {
            ::close(fd);
            return;
        }
        if (errno != EEXIST) cannotOpen(file, errno);
    }
    const int wanted = mode == DatabaseOptions::Mode::ReadOnly ? R_OK : R_OK | W_OK;
    if (::access(file.c_str(), wanted) != 0) cannotOpen(file, errno);
    if (!std::filesystem::is_regular_file(file)) cannotOpen(file, EINVAL);
}

/// The connection string of POCO is given to sqlite3_open_v2 as a URI.
std::string uriOf(const std::filesystem::path& file, DatabaseOptions::Mode mode) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : std::filesystem::absolute(file).string()) {
        const auto octet = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') ||
                           std::string_view{"/._-~"}.find(c) != std::string_view::npos;
        if (plain) {
            uri += c;
        } else {
            uri += {'%', hex[octet >> 4U], hex[octet & 15U]};
        }
    }
    switch (mode) {
        case DatabaseOptions::Mode::ReadWriteCreate:
        case DatabaseOptions::Mode::ReadWrite:
            return uri + "?mode=rw";
        case DatabaseOptions::Mode::ReadOnly:
            return uri + "?mode=ro";
    }
    return uri;
}

Poco::Data::Session openSession(const std::filesystem::path& file, DatabaseOptions::Mode mode) {
    static std::once_flag registered;
    std::call_once(registered, [] {
        // Nobody asks how much memory SQLite has; counting it takes a lock that all connections
        // share.
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        Poco::Data::SQLite::Connector::registerConnector();
    });
    checkAccess(file, mode);
    try {
        constexpr std::size_t loginTimeoutSeconds = 5;
        return {Poco::Data::SQLite::Connector::KEY, uriOf(file, mode), loginTimeoutSeconds};
    } catch (const Poco::Exception& e) {
        throw SqliteError(SQLITE_CANTOPEN, "cannot open " + file.string() + ": " + e.displayText());
    }
}

}  // namespace

bool SqliteError::isBusy() const noexcept {
    const int primary = code_ & 0xff;
    return primary == SQLITE_BUSY || primary == SQLITE_LOCKED;
}

bool SqliteError::isFull() const noexcept {
    const int primary = code_ & 0xff;
    return primary == SQLITE_FULL || primary == SQLITE_IOERR || primary == SQLITE_READONLY ||
           primary == SQLITE_CANTOPEN || primary == SQLITE_NOMEM;
}

struct Database::Connection {
    Connection(Poco::Data::Session opened, std::filesystem::path path)
        : session(std::move(opened)),
          handle(Poco::Data::SQLite::Utility::dbHandle(session)),
          file(std::move(path)) {}

    Poco::Data::Session session;
    sqlite3* handle;
    std::filesystem::path file;
    /// Declared last: finalised before the session is closed.
    std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> kept;
};

Database::Database(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)), handle_(connection_->handle) {}

Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Database Database::open(const std::filesystem::path& file, const DatabaseOptions& options) {
    Database database{std::make_unique<Connection>(openSession(file, options.mode), file)};
    // First of all: another process may be recovering the WAL at this moment.
    sqlite3_busy_timeout(database.handle_, static_cast<int>(options.busyTimeout.count()));
    sqlite3_extended_result_codes(database.handle_, 1);
    sqlite3_db_config(database.handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    database.execute("PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY");
    if (database.queryInteger("PRAGMA foreign_keys") != 1) {
        throw SqliteError(SQLITE_ERROR, file.string() + ": this SQLite has no foreign keys");
    }
    if (options.mode == DatabaseOptions::Mode::ReadOnly) return database;

    // Only before the first table: later they do nothing, but cost a write.
    if (database.queryInteger("PRAGMA page_count") == 0) {
        database.execute("PRAGMA page_size=8192; PRAGMA auto_vacuum=INCREMENTAL");
    }
    if (database.queryText("PRAGMA journal_mode=WAL") != "wal") {
        throw SqliteError(SQLITE_ERROR, file.string() + ": cannot use a write-ahead log");
    }
    database.execute(options.synchronous == DatabaseOptions::Synchronous::Full
                         ? "PRAGMA synchronous=FULL"
                         : "PRAGMA synchronous=NORMAL");
    database.execute(
        "PRAGMA secure_delete=OFF; PRAGMA cache_size=-8192;"
        "PRAGMA wal_autocheckpoint=1000; PRAGMA journal_size_limit=16777216");
    return database;
}

Statement Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), 0, &statement,
                           &rest) != SQLITE_OK) {
        fail(handle_, connection_->file.string());
    }
    if (statement == nullptr) throw SqliteError(SQLITE_MISUSE, "an empty statement");
    return Statement{statement};
}

KeptStatement Database::kept(std::string_view sql) {
    const auto found = connection_->kept.find(sql);
    if (found != connection_->kept.end()) return KeptStatement{found->second};
    return KeptStatement{connection_->kept.emplace(sql, prepare(sql)).first->second};
}

void Database::execute(std::string_view sql) {
    const std::string text{sql};
    if (sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail(handle_, connection_->file.string());
    }
}

std::int64_t Database::queryInteger(std::string_view sql) {
    Statement statement = prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
}

std::string Database::queryText(std::string_view sql) {
    Statement statement = prepare(sql);
    return statement.step() ? statement.text(0) : std::string{};
}

std::int64_t Database::lastInsertRowId() const {
    return sqlite3_last_insert_rowid(handle_);
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(handle_);
}

std::uint64_t Database::walSize() const {
    std::error_code none;
    const auto size = std::filesystem::file_size(connection_->file.string() + "-wal", none);
    return none ? 0 : size;
}

std::string Database::name() const {
    return connection_->file.stem().string();
}

bool Database::isIdle() const noexcept {
    return sqlite3_get_autocommit(handle_) != 0;
}

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    std::swap(statement_, other.statement_);
    return *this;
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

Statement& Statement::bind(int index, std::int64_t value) {
    if (sqlite3_bind_int64(statement_, index, value) != SQLITE_OK) {
        fail(sqlite3_db_handle(statement_), "bind");
    }
    return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
    const char* data = text.data() == nullptr ? "" : text.data();
    if (sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8) !=
        SQLITE_OK) {
        fail(sqlite3_db_handle(statement_), "bind");
    }
    return *this;
}

Statement& Statement::bindBlob(int index, std::string_view octets) {
    const char* data = octets.data() == nullptr ? "" : octets.data();
    if (sqlite3_bind_blob64(statement_, index, data, octets.size(), SQLITE_TRANSIENT) !=
        SQLITE_OK) {
        fail(sqlite3_db_handle(statement_), "bind");
    }
    return *this;
}

Statement& Statement::bindNull(int index) {
    if (sqlite3_bind_null(statement_, index) != SQLITE_OK) {
        fail(sqlite3_db_handle(statement_), "bind");
    }
    return *this;
}

Statement& Statement::bind(int index, const std::optional<std::string>& text) {
    return text ? bind(index, std::string_view{*text}) : bindNull(index);
}

Statement& Statement::bind(int index, const std::optional<std::int64_t>& value) {
    return value ? bind(index, *value) : bindNull(index);
}

bool Statement::step() {
    switch (sqlite3_step(statement_)) {
        case SQLITE_ROW:
            return true;
        case SQLITE_DONE:
            return false;
        default:
            break;
    }
    sqlite3* const handle = sqlite3_db_handle(statement_);
    const char* const file = sqlite3_db_filename(handle, "main");
    fail(handle, file == nullptr ? "sqlite" : file);
}

void Statement::run() {
    const KeptStatement whole{*this};
    while (step()) {
    }
}

void Statement::reset() noexcept {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const {
    // A blob of length 0 is a null pointer; octets behind a NUL count.
    const void* const data = sqlite3_column_blob(statement_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data == nullptr ? std::string{} : std::string{static_cast<const char*>(data), size};
}

std::optional<std::string> Statement::optionalText(int column) const {
    if (isNull(column)) return std::nullopt;
    return text(column);
}

bool Statement::isNull(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

}  // namespace postrider::storage
