#include "server/directory/sql_source.h"

#include "common/storage/sqlite.h"
#include "tests/support/addresses.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace postrider;
using directory::SqlConnector;
using directory::SqlLimits;
using directory::SqlQuery;
using directory::SqlSessions;
using directory::SqlSource;
using directory::SqlTarget;
using test::mailbox;
using test::TempDir;

namespace {

SqlTarget target(SqlConnector connector, const std::string& connection) {
    return {connector, connection, std::chrono::seconds{2}};
}

/// A source with sessions of its own.
struct Accounts {
    SqlSessions sessions;
    SqlSource source;

    explicit Accounts(const SqlTarget& where, SqlLimits limits = {},
                      const char* query = "SELECT * FROM users WHERE address = ?")
        : sessions(where, limits),
          source(sessions, {SqlQuery::parse(query, where.connector).value()}) {}
    auto find(const char* address) { return source.find(mailbox(address)); }
};

/// A database file with a table.
struct Database {
    TempDir folder;
    std::filesystem::path file = folder / "us?ers #1.db";
    storage::Database database = storage::Database::open(file, {});

    explicit Database(const std::string& sql) { database.execute(sql); }
    [[nodiscard]] SqlTarget where() const { return target(SqlConnector::Sqlite, file.string()); }
};

}  // namespace

TEST_CASE("sql: a row is an account; columns that are missing or NULL mean yes") {
    Database db{
        "CREATE TABLE users (address TEXT, password TEXT, may_send, may_receive);"
        "INSERT INTO users VALUES ('alice@a.example', '{CRYPT}$y$x', NULL, NULL),"
        " ('sender@a.example', '{CRYPT}$y$x', 1, 'No'), ('reader@a.example', '', 'f', 'true'),"
        " ('null@a.example', NULL, 1, 1), ('odd@a.example', 'x', 'perhaps', 1)"};
    Accounts accounts{db.where()};
    const auto find = [&accounts](const char* address) {
        auto found = accounts.find(address);
        REQUIRE((found && *found));
        return std::move(**found);
    };
    const auto alice = find("ALICE@a.example");
    CHECK(alice.name == "alice@a.example");
    CHECK(alice.hash == "{CRYPT}$y$x");
    CHECK((alice.maySend && alice.mayReceive));
    const auto sender = find("sender@a.example");
    CHECK((sender.maySend && !sender.mayReceive));
    const auto reader = find("reader@a.example");
    CHECK((!reader.maySend && reader.mayReceive));

    // a hash that nothing fits, never an empty one: that would mean "ask the source"
    CHECK(reader.hash == "!");
    CHECK(find("null@a.example").hash == "!");
    CHECK_FALSE(*accounts.source.check(mailbox("reader@a.example"), ""));

    CHECK_FALSE(accounts.find("nobody@a.example")->has_value());
    const auto odd = accounts.find("odd@a.example");
    REQUIRE_FALSE(odd.has_value());
    CHECK(odd.error() == "the column may_send holds neither yes nor no");
}

TEST_CASE("sql: limits are numbers, and none when nothing is said") {
    Database db{
        "CREATE TABLE users (address TEXT, max_size, max_recipients);"
        "INSERT INTO users VALUES ('some@a.example', 1000, '20'), ('none@a.example', NULL, NULL),"
        " ('odd@a.example', 'lots', NULL)"};
    Accounts accounts{db.where()};
    const auto some = accounts.find("some@a.example");
    REQUIRE((some && *some));
    CHECK((*some)->maxSize == 1000);
    CHECK((*some)->maxRecipients == 20);
    const auto none = accounts.find("none@a.example");
    REQUIRE((none && *none));
    CHECK_FALSE((*none)->maxSize.has_value());
    const auto odd = accounts.find("odd@a.example");
    REQUIRE_FALSE(odd.has_value());
    CHECK(odd.error() == "the column max_size holds no number");
}

TEST_CASE("sql: an address is bound, never pasted") {
    Database db{
        "CREATE TABLE users (address TEXT, password TEXT);"
        "INSERT INTO users VALUES ('alice@a.example', 'x')"};
    Accounts accounts{db.where()};
    for (const auto* address : {"\"'or'1'='1\"@a.example", "\"x';--\"@a.example", "?@a.example",
                                "%@a.example", "$1@a.example"}) {
        CAPTURE(address);
        const auto found = accounts.find(address);
        REQUIRE(found);
        CHECK_FALSE(found->has_value());
    }
    CHECK(accounts.find("alice@a.example")->has_value());
}

TEST_CASE("sql: a database that is not there is an error, and an account once it is") {
    TempDir folder;
    const auto file = folder / "later.db";
    Accounts accounts{target(SqlConnector::Sqlite, file.string())};
    const auto missing = accounts.find("alice@a.example");
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error() == "cannot read " + file.string());
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK_FALSE(accounts.source.probe().has_value());

    auto database = storage::Database::open(file, {});
    const auto noTable = accounts.find("alice@a.example");
    REQUIRE_FALSE(noTable.has_value());
    CHECK(noTable.error().find("no such table: users") != std::string::npos);
    database.execute("CREATE TABLE users (address); INSERT INTO users VALUES ('alice@a.example')");
    CHECK(accounts.source.probe().has_value());
    CHECK(accounts.find("alice@a.example")->has_value());
}

TEST_CASE("sql: many who ask at once share a few sessions") {
    Database db{"CREATE TABLE users (address TEXT); INSERT INTO users VALUES ('alice@a.example')"};
    Accounts accounts{db.where(), {.sessions = 2, .waiting = 64}};
    std::atomic<int> found{0};
    {
        std::vector<std::jthread> askers;
        askers.reserve(16);
        for (int i = 0; i < 16; ++i) {
            askers.emplace_back([&] {
                for (int n = 0; n < 10; ++n) {
                    const auto answer = accounts.find("alice@a.example");
                    if (answer && *answer) ++found;
                }
            });
        }
    }
    CHECK(found == 160);
}

TEST_CASE("sql: a query without end holds nobody longer than the limit") {
    TempDir folder;
    const auto file = folder / "users.db";
    auto database = storage::Database::open(file, {});
    constexpr auto* endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) "
        "SELECT ? AS password, count(*) AS c FROM n";
    SqlTarget slow = target(SqlConnector::Sqlite, file.string());
    slow.patience = std::chrono::seconds{0};
    Accounts accounts{slow, {.sessions = 1, .waiting = 1}, endless};
    const auto late = accounts.find("alice@a.example");
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error() == "no answer within 0 seconds");
}

TEST_CASE("sql: servers that cannot be reached are errors, told on one line, without a password") {
    Accounts mysql{
        target(SqlConnector::Mysql, "host=127.0.0.1;port=1;user=u;password=topsecret;db=d")};
    Accounts postgresql{
        target(SqlConnector::Postgresql, "host=127.0.0.1 port=1 password=topsecret")};
    for (auto* accounts : {&mysql, &postgresql}) {
        const auto found = accounts->find("alice@a.example");
        REQUIRE_FALSE(found.has_value());
        CAPTURE(found.error());
        CHECK_FALSE(found.error().empty());
        CHECK(found.error().find('\n') == std::string::npos);
        CHECK(found.error().find("topsecret") == std::string::npos);
    }
}
