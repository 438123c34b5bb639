#include "server/directory/sql_aliases.h"

#include "common/storage/sqlite.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

using namespace postrider;
using directory::SqlAliases;
using directory::SqlConnector;
using directory::SqlQuery;
using directory::SqlSessions;
using namespace std::chrono_literals;

namespace {

constexpr auto* rowsByAddress = "SELECT target FROM aliases WHERE address = ? ORDER BY rowid";

struct House {
    test::TempDir folder;
    std::filesystem::path file = folder / "mail.db";
    storage::Database database = storage::Database::open(file, {});
    test::FakeClock clock;
    test::RecordingLog log;
    Metrics metrics;
    SqlSessions sessions{{SqlConnector::Sqlite, file.string(), 2s}};
    SqlAliases aliases;

    explicit House(const std::string& rows = "", const char* query = rowsByAddress)
        : aliases(sessions, SqlQuery::parse(query, SqlConnector::Sqlite).value(), clock, log,
                  metrics) {
        database.execute("CREATE TABLE aliases (address, target)");
        if (!rows.empty()) insert(rows);
    }
    void insert(const std::string& rows) { database.execute("INSERT INTO aliases VALUES " + rows); }
    auto find(std::string_view name) {
        return aliases.find(name, mail::Domain::parse("a.example").value());
    }
    /// "asked: target, ...", "none", or why nobody knows.
    std::string targets(const std::string& name) {
        const auto found = find(name);
        if (!found) return found.error();
        std::string all;
        for (const auto& target : *found) {
            const auto& where = std::get<routing::MailboxTarget>(target);
            const auto asked = mail::Mailbox::parse("asked@a.example").value();
            all += (all.empty() ? "" : " ") + where.mailboxFor(asked).toString();
            if (!where.via.empty()) all += " via " + where.via;
        }
        return all.empty() ? "none" : all;
    }
};

}  // namespace

TEST_CASE("sql aliases: rows and lists of targets, as in an aliases file") {
    House house{
        "('team@a.example', 'bob'), ('team@a.example', ' carol@c.example , dan@d.example '),"
        "('far@a.example', 'x@b.example via mx1/mx2'), ('*@a.example', '*@e.example'),"
        "('bob+lists@a.example', 'carol'), ('*@b.example', 'other')"};
    CHECK(house.targets("team") == "bob@a.example carol@c.example dan@d.example");
    CHECK(house.targets("far") == "x@b.example via [mx1]/[mx2]");
    CHECK(house.targets("*") == "asked@e.example");
    CHECK(house.targets("bob+lists") == "carol@a.example");
    CHECK(house.targets("bob") == "none");
    // two programs may understand these in two ways
    CHECK(house.targets("team@a.example") == "none");
    CHECK(house.targets("") == "none");
}

TEST_CASE("sql aliases: rows without a target are none, whatever stands beside them") {
    House house{
        "('all@a.example', NULL), ('all@a.example', ''), ('some@a.example', NULL),"
        "('some@a.example', 'bob'), ('some@a.example', ''), ('some@a.example', 'carol')"};
    CHECK(house.targets("all") == "none");
    CHECK(house.targets("some") == "bob@a.example carol@a.example");
}

TEST_CASE("sql aliases: a program is refused, and so is what is no target: later, never for good") {
    struct Case {
        std::string rows;
        std::string reason;
    };
    const std::vector<Case> cases{
        {"('x@a.example', '| /bin/sh -c id')",
         "'| /bin/sh -c id' is a program; a database may not name one"},
        {"('x@a.example', 'bob'), ('x@a.example', ' |cat')",
         "'|cat' is a program; a database may not name one"},
        {"('x@a.example', 'bob, | cat')", "a command stands alone: no other target beside it"},
        {"('x@a.example', 'two words')", "'two words' is no mailbox ("},
        {"('x@a.example', 'bob' || char(10) || '|cat')", "the targets hold what is no text"},
        {"('x@a.example', x'ff')", "the targets hold what is no text"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.rows);
        House house{c.rows};
        const auto found = house.find("x");
        REQUIRE_FALSE(found.has_value());
        CAPTURE(found.error());
        CHECK(found.error().starts_with("sql: x@a.example: " + c.reason));
        CHECK(house.log.lines().empty());  // who asks tells it, with the recipient
        // mended is mended: no error is remembered
        house.database.execute("UPDATE aliases SET target = 'bob'");
        CHECK(house.find("x").has_value());
    }
}

TEST_CASE("sql aliases: more rows than a recipient may have destinations are an error") {
    constexpr auto* endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT 'u' || i || '@b.example' FROM n WHERE ? <> '' LIMIT 1001";
    House house{"", endless};
    CHECK(house.targets("x") == "sql: x@a.example: there are more than 1000 rows");
}

TEST_CASE("sql aliases: an answer is remembered for ten seconds, an unknown name for three") {
    House house{"('team@a.example', 'bob')"};
    CHECK(house.targets("team") == "bob@a.example");
    CHECK(house.targets("new") == "none");
    house.insert("('team@a.example', 'carol'), ('new@a.example', 'carol')");
    house.clock.advance(2999ms);
    CHECK(house.targets("new") == "none");
    house.clock.advance(1ms);
    CHECK(house.targets("new") == "carol@a.example");
    CHECK(house.targets("team") == "bob@a.example");
    house.clock.advance(7s);
    CHECK(house.targets("team") == "bob@a.example carol@a.example");
    house.database.execute("DELETE FROM aliases");
    CHECK(house.targets("team") != "none");
    house.aliases.forget();
    CHECK(house.targets("team") == "none");
}

TEST_CASE("sql aliases: a database that goes away is told once, and once that it is back") {
    House house;
    house.database.execute("DROP TABLE aliases");
    for (int i = 0; i < 3; ++i)
        CHECK(house.targets("team").find("no such table") != std::string::npos);
    CHECK(house.targets("team").starts_with("sql: "));
    CHECK_FALSE(house.aliases.probe().has_value());
    house.database.execute("CREATE TABLE aliases (address, target)");
    house.insert("('team@a.example', 'bob')");
    CHECK(house.targets("team") == "bob@a.example");
    CHECK(house.targets("nobody") == "none");
    CHECK(house.aliases.probe().has_value());
    CHECK(house.log.lines().size() == 2);
    CHECK(house.log.count("alias-source-back source=sql") == 1);
    const auto text = house.metrics.openMetrics();
    CAPTURE(text);
    for (const auto* answer : {"found\"} 1", "unknown\"} 1", "refused\"} 0", "unavailable\"} 4"}) {
        CAPTURE(answer);
        CHECK(text.find("postrider_alias_lookups_total{answer=\"sql-" + std::string{answer}) !=
              std::string::npos);
    }
}
