#include "server/directory/sql_query.h"

#include <doctest/doctest.h>

using namespace postrider;
using directory::SqlConnector;
using directory::SqlQuery;

TEST_CASE("a ? outside of quotes is the address, numbered for PostgreSQL") {
    const auto* text = "SELECT '?', \"a?\" FROM u WHERE a = ? OR b = ?";
    const auto lite = SqlQuery::parse(text, SqlConnector::Sqlite);
    REQUIRE(lite);
    CHECK(lite->text() == text);
    CHECK(lite->parameters() == 2);
    const auto pg = SqlQuery::parse(text, SqlConnector::Postgresql);
    REQUIRE(pg);
    CHECK(pg->text() == "SELECT '?', \"a?\" FROM u WHERE a = $1 OR b = $2");
    CHECK(pg->parameters() == 2);
}

TEST_CASE("what asks nothing, or not for the address, is refused") {
    const auto error = [](const char* text) {
        const auto query = SqlQuery::parse(text, SqlConnector::Mysql);
        return query ? "" : query.error();
    };
    CHECK(error("select password from u where a = ?").empty());
    CHECK(error("WITH v AS (SELECT 1) SELECT 1 FROM v WHERE ? = ''").empty());
    CHECK(error("SELECT password FROM u") == "expected a ? where the address is compared");
    CHECK(error("SELECT password FROM u WHERE a = '?'") ==
          "expected a ? where the address is compared");
    CHECK(error("DELETE FROM u WHERE a = ?") == "expected a query that begins with SELECT");
    CHECK(error("SELECT 'a FROM u WHERE a = ?") == "expected an end of what ' begins");
}
