#include "common/storage/sqlite.h"

#include <sqlite3.h>

namespace postrider::storage {

namespace {

/// Never throws: SQLite may have rolled back by itself, and then there is nothing to do.
void rollBack(const Database& database) noexcept {
    if (!database.isIdle()) {
        sqlite3_exec(database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

std::string fileOf(const Database& database) {
    const char* const file = sqlite3_db_filename(database.handle(), "main");
    return file == nullptr ? database.name() : file;
}

void refuseForeignTables(Database& database) {
    if (database.queryInteger("SELECT count(*) FROM sqlite_schema") == 0) return;
    throw SqliteError(SQLITE_MISMATCH,
                      fileOf(database) + " has tables but no schema version: it is not ours");
}

}  // namespace

ReadTransaction::ReadTransaction(Database& database) : database_(database) {
    database_.kept("BEGIN DEFERRED")->run();
}

ReadTransaction::~ReadTransaction() {
    rollBack(database_);
}

WriteTransaction::WriteTransaction(Database& database) : database_(database) {
    database_.kept("BEGIN IMMEDIATE")->run();
}

WriteTransaction::~WriteTransaction() {
    if (open_) rollBack(database_);
}

void WriteTransaction::commit() {
    database_.kept("COMMIT")->run();
    open_ = false;
}

void migrate(Database& database, std::span<const Migration> migrations) {
    const std::int64_t newest = migrations.empty() ? 0 : migrations.back().version;
    for (const Migration& migration : migrations) {
        WriteTransaction transaction{database};
        const std::int64_t present = database.queryInteger("PRAGMA user_version");
        if (present >= migration.version) continue;
        if (present == 0) refuseForeignTables(database);
        database.execute(migration.sql);
        database.execute("PRAGMA user_version=" + std::to_string(migration.version));
        transaction.commit();
    }
    const std::int64_t present = database.queryInteger("PRAGMA user_version");
    if (present > newest) {
        throw SchemaTooNew(fileOf(database) + " has schema version " + std::to_string(present) +
                           ", this release knows " + std::to_string(newest) +
                           ": it was written by a later release; start that one");
    }
}

}  // namespace postrider::storage
