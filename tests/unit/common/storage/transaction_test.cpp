#include "common/base/clock.h"
#include "common/storage/sqlite.h"
#include "tests/support/temp_dir.h"

#include <array>
#include <doctest/doctest.h>
#include <string>

namespace postrider::storage {

using postrider::test::TempDir;

TEST_CASE(
    "a read that becomes a write fails at once in spite of the busy timeout, BEGIN IMMEDIATE does "
    "not") {
    const TempDir folder;
    Database ours = Database::open(folder / "a.db", {});
    Database theirs = Database::open(folder / "a.db", {});
    ours.execute("CREATE TABLE t (a)");

    SUBCASE("the trap: BEGIN DEFERRED, as Poco::Data::Session::begin() does it") {
        ours.execute("BEGIN DEFERRED");
        CHECK(ours.queryInteger("SELECT count(*) FROM t") == 0);
        theirs.execute("INSERT INTO t VALUES (1)");
        const SteadyTime begun = steadyNow();
        CHECK_THROWS_AS(ours.execute("INSERT INTO t VALUES (2)"), SqliteError);
        CHECK(steadyNow() - begun < std::chrono::seconds{1});
    }
    SUBCASE("the answer: WriteTransaction") {
        theirs.execute("PRAGMA busy_timeout=0");
        WriteTransaction transaction{ours};
        CHECK(ours.queryInteger("SELECT count(*) FROM t") == 0);
        CHECK_THROWS_AS(theirs.execute("INSERT INTO t VALUES (1)"), SqliteError);
        ours.execute("INSERT INTO t VALUES (2)");
        transaction.commit();
        CHECK(theirs.queryInteger("SELECT count(*) FROM t") == 1);
    }
}

TEST_CASE("a write transaction that is not committed leaves nothing") {
    const TempDir folder;
    Database database = Database::open(folder / "a.db", {});
    database.execute("CREATE TABLE t (a)");
    {
        const WriteTransaction transaction{database};
        database.execute("INSERT INTO t VALUES (1)");
        CHECK_FALSE(database.isIdle());
    }
    CHECK(database.isIdle());
    CHECK(database.queryInteger("SELECT count(*) FROM t") == 0);

    SUBCASE("also when SQLite has rolled back by itself on a full disk") {
        {
            const WriteTransaction transaction{database};
            database.execute("PRAGMA max_page_count=3; INSERT INTO t VALUES (1)");
            CHECK_THROWS_AS(database.execute("INSERT INTO t VALUES (zeroblob(1000000))"),
                            SqliteError);
            CHECK(database.isIdle());
        }
        CHECK(database.queryInteger("SELECT count(*) FROM t") == 0);
    }
}

TEST_CASE("a read transaction shows one moment") {
    const TempDir folder;
    Database writer = Database::open(folder / "a.db", {});
    writer.execute("CREATE TABLE t (a)");
    Database reader = Database::open(folder / "a.db", {.mode = DatabaseOptions::Mode::ReadOnly});
    {
        const ReadTransaction snapshot{reader};
        CHECK(reader.queryInteger("SELECT count(*) FROM t") == 0);
        writer.execute("INSERT INTO t VALUES (1)");
        CHECK(reader.queryInteger("SELECT count(*) FROM t") == 0);
    }
    CHECK(reader.queryInteger("SELECT count(*) FROM t") == 1);
}

TEST_CASE("migrations run once, in order, and a failing one leaves the version before it") {
    const TempDir folder;
    Database database = Database::open(folder / "a.db", {});
    constexpr std::array first{Migration{1, "CREATE TABLE t (a)"}};
    migrate(database, first);
    migrate(database, first);
    CHECK(database.queryInteger("PRAGMA user_version") == 1);

    constexpr std::array broken{first[0], Migration{2, "INSERT INTO t VALUES (1)"},
                                Migration{3, "INSERT INTO t VALUES (2); CREATE TABLE t (a)"}};
    CHECK_THROWS_AS(migrate(database, broken), SqliteError);
    CHECK(database.queryInteger("PRAGMA user_version") == 2);
    CHECK(database.queryInteger("SELECT count(*) FROM t") == 1);
}

TEST_CASE("a schema of a later release is refused with both versions") {
    const TempDir folder;
    Database database = Database::open(folder / "queue.db", {});
    constexpr std::array known{Migration{1, "CREATE TABLE t (a)"}};
    migrate(database, known);
    database.execute("PRAGMA user_version=7");
    std::string message;
    try {
        migrate(database, known);
    } catch (const SchemaTooNew& error) {
        message = error.what();
    }
    CHECK(message ==
          (folder / "queue.db").string() +
              " has schema version 7, this release knows 1: it was written by a later release; "
              "start that one");
}

TEST_CASE("a database of another program is refused, not built upon") {
    const TempDir folder;
    Database database = Database::open(folder / "a.db", {});
    database.execute("CREATE TABLE theirs (a)");
    constexpr std::array known{Migration{1, "CREATE TABLE t (a)"}};
    const std::string message =
        (folder / "a.db").string() + " has tables but no schema version: it is not ours";
    CHECK_THROWS_WITH_AS(migrate(database, known), message.c_str(), SqliteError);
    CHECK(database.queryInteger("SELECT count(*) FROM sqlite_schema") == 1);
}

}  // namespace postrider::storage
