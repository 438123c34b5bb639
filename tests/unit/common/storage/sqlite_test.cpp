#include "common/storage/sqlite.h"

#include "common/base/clock.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

namespace postrider::storage {

using postrider::test::TempDir;

namespace {

constexpr DatabaseOptions readOnly{.mode = DatabaseOptions::Mode::ReadOnly};

std::string errorOf(const std::filesystem::path& file, const DatabaseOptions& options) {
    try {
        Database::open(file, options);
    } catch (const SqliteError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a connection is durable, checks foreign keys and trusts no schema") {
    const TempDir folder;
    Database database = Database::open(folder / "a.db", {});
    struct Case {
        const char* pragma;
        std::int64_t value;
    };
    const Case cases[] = {{"PRAGMA foreign_keys", 1},    {"PRAGMA trusted_schema", 0},
                          {"PRAGMA synchronous", 2},     {"PRAGMA page_size", 8192},
                          {"PRAGMA auto_vacuum", 2},     {"PRAGMA secure_delete", 0},
                          {"PRAGMA busy_timeout", 5000}, {"PRAGMA wal_autocheckpoint", 1000}};
    for (const Case& c : cases) {
        CAPTURE(c.pragma);
        CHECK(database.queryInteger(c.pragma) == c.value);
    }
    CHECK(database.queryText("PRAGMA journal_mode") == "wal");
    CHECK(database.name() == "a");

    const DatabaseOptions relaxed{.synchronous = DatabaseOptions::Synchronous::Normal};
    CHECK(Database::open(folder / "b.db", relaxed).queryInteger("PRAGMA synchronous") == 1);
}

TEST_CASE("a new database can be read by its owner only, and so can its log") {
    using std::filesystem::perms;
    const TempDir folder;
    Database database = Database::open(folder / "a.db", {});
    database.execute("CREATE TABLE t (a)");
    for (const char* name : {"a.db", "a.db-wal", "a.db-shm"}) {
        CAPTURE(name);
        const perms bits = std::filesystem::status(folder / name).permissions();
        CHECK((bits & (perms::group_all | perms::others_all)) == perms::none);
    }
}

TEST_CASE(
    "opening what is there already writes nothing, so it works while another holds the lock") {
    const TempDir folder;
    Database first = Database::open(folder / "a.db", {});
    first.execute("CREATE TABLE t (a); PRAGMA wal_checkpoint(TRUNCATE); BEGIN IMMEDIATE");
    const DatabaseOptions impatient{.busyTimeout = std::chrono::milliseconds{0}};
    CHECK(Database::open(folder / "a.db", impatient).queryInteger("SELECT count(*) FROM t") == 0);
    CHECK(first.walSize() == 0);
}

TEST_CASE("a file name may hold what means something in a URI") {
    const TempDir folder;
    const auto file = folder / "100% of #1? a&b=c.db";
    Database::open(file, {}).execute("CREATE TABLE t (a); INSERT INTO t VALUES (7)");
    REQUIRE(std::filesystem::exists(file));
    CHECK(Database::open(file, readOnly).queryInteger("SELECT a FROM t") == 7);
}

TEST_CASE("a file that cannot be opened is told at once, with its name and the reason") {
    const TempDir folder;
    const SteadyTime begun = steadyNow();
    CHECK(errorOf(folder / "none/a.db", {}) ==
          "cannot open " + (folder / "none/a.db").string() + ": No such file or directory");
    CHECK(errorOf(folder / "a.db", readOnly) ==
          "cannot open " + (folder / "a.db").string() + ": No such file or directory");
    CHECK(errorOf(folder / "a.db", {.mode = DatabaseOptions::Mode::ReadWrite}) != "");
    CHECK(errorOf(folder.path(), {}) ==
          "cannot open " + folder.path().string() + ": Invalid argument");
    CHECK(steadyNow() - begun < std::chrono::milliseconds{500});
    CHECK_FALSE(std::filesystem::exists(folder / "a.db"));

    folder.write("text.db", std::string(9000, 'x'));
    CHECK(errorOf(folder / "text.db", {}) ==
          (folder / "text.db").string() + ": file is not a database");
}

TEST_CASE("octets come back as they went in, NUL and bad UTF-8 too") {
    const TempDir folder;
    Database database = Database::open(folder / "a.db", {});
    database.execute("CREATE TABLE t (a TEXT, b BLOB)");
    using namespace std::string_literals;
    const std::string cases[] = {""s,
                                 "a\0b\0"s,
                                 "'; DROP TABLE t; --"s,
                                 "\xff\xfe\x80"s,
                                 "%_\\\"\r\n"s,
                                 std::string(100'000, '\0')};
    for (const std::string& octets : cases) {
        CAPTURE(octets.size());
        database.execute("DELETE FROM t");
        database.prepare("INSERT INTO t VALUES (?, ?)").bind(1, octets).bindBlob(2, octets).run();
        Statement row = database.prepare("SELECT a, b, typeof(a), typeof(b) FROM t");
        REQUIRE(row.step());
        CHECK(row.text(0) == octets);
        CHECK(row.text(1) == octets);
        CHECK(row.text(2) == "text");
        CHECK(row.text(3) == "blob");
        CHECK_FALSE(row.step());
    }
}

TEST_CASE("NULL and an empty text are two things") {
    const TempDir folder;
    Database database = Database::open(folder / "a.db", {});
    database.execute("CREATE TABLE t (a, b, c, d)");
    Statement insert = database.prepare("INSERT INTO t VALUES (?, ?, ?, ?)");
    insert.bind(1, std::optional<std::string>{})
        .bind(2, std::optional<std::string>{""})
        .bind(3, std::optional<std::int64_t>{})
        .bind(4, std::optional<std::int64_t>{-9'000'000'000});
    insert.run();
    Statement row = database.prepare("SELECT a, b, c, d FROM t");
    REQUIRE(row.step());
    CHECK(row.isNull(0));
    CHECK(row.optionalText(0) == std::nullopt);
    CHECK(row.optionalText(1) == "");
    CHECK(row.isNull(2));
    CHECK(row.integer(3) == -9'000'000'000);
    CHECK(database.lastInsertRowId() == 1);
    CHECK(database.changes() == 1);
}

TEST_CASE("parameters do not stay from one use of a statement to the next") {
    const TempDir folder;
    Database database = Database::open(folder / "a.db", {});
    database.execute("CREATE TABLE t (a)");
    Statement insert = database.prepare("INSERT INTO t VALUES (?)");
    insert.bind(1, "first").run();
    insert.run();
    CHECK(database.queryInteger("SELECT count(*) FROM t WHERE a IS NULL") == 1);
}

TEST_CASE("a kept statement is compiled once and leaves no read open") {
    const TempDir folder;
    Database database = Database::open(folder / "a.db", {});
    database.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");
    const Statement* first = nullptr;
    {
        const auto statement = database.kept("SELECT a FROM t");
        first = &*statement;
        REQUIRE(statement->step());
    }
    CHECK(&*database.kept("SELECT a FROM t") == first);
    // An open read would make the checkpoint busy.
    Database other = Database::open(folder / "a.db", {.busyTimeout = std::chrono::milliseconds{0}});
    CHECK(other.queryInteger("SELECT count(*) FROM t") == 2);
    CHECK(other.queryInteger("PRAGMA wal_checkpoint(TRUNCATE)") == 0);
    CHECK(other.walSize() == 0);
}

TEST_CASE("errors say what they are: busy, full or neither") {
    const TempDir folder;
    Database database = Database::open(folder / "a.db", {});
    database.execute("CREATE TABLE t (a UNIQUE)");
    const auto failing = [&database](std::string_view sql) {
        try {
            database.execute(sql);
        } catch (const SqliteError& error) {
            return error;
        }
        return SqliteError{0, "it worked"};
    };
    SUBCASE("a constraint is neither") {
        database.execute("INSERT INTO t VALUES (1)");
        const SqliteError error = failing("INSERT INTO t VALUES (1)");
        CHECK_FALSE(error.isBusy());
        CHECK_FALSE(error.isFull());
        CHECK(std::string{error.what()} ==
              (folder / "a.db").string() + ": UNIQUE constraint failed: t.a");
    }
    SUBCASE("no room") {
        database.execute("PRAGMA max_page_count=3");
        CHECK(failing("INSERT INTO t VALUES (zeroblob(1000000))").isFull());
    }
    SUBCASE("somebody holds the lock") {
        Database other = Database::open(folder / "a.db", {});
        database.execute("PRAGMA busy_timeout=0");
        other.execute("BEGIN IMMEDIATE");
        CHECK(failing("INSERT INTO t VALUES (1)").isBusy());
    }
    SUBCASE("nothing to compile") {
        CHECK_THROWS_AS((void)database.prepare(" -- nothing"), SqliteError);
        CHECK_THROWS_AS((void)database.prepare("SELEC"), SqliteError);
    }
    SUBCASE("a foreign key") {
        database.execute(
            "CREATE TABLE p (id INTEGER PRIMARY KEY);"
            "CREATE TABLE c (p REFERENCES p (id))");
        CHECK(std::string{failing("INSERT INTO c VALUES (5)").what()}.find("FOREIGN KEY") !=
              std::string::npos);
    }
}

TEST_CASE("a read-only connection sees what is written beside it and cannot write") {
    const TempDir folder;
    Database writer = Database::open(folder / "a.db", {});
    writer.execute("CREATE TABLE t (a)");
    Database reader = Database::open(folder / "a.db", readOnly);
    writer.execute("INSERT INTO t VALUES (1)");
    CHECK(reader.queryInteger("SELECT count(*) FROM t") == 1);
    CHECK_THROWS_AS(reader.execute("INSERT INTO t VALUES (2)"), SqliteError);
}

}  // namespace postrider::storage
