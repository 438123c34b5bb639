#include "server/directory/external_accounts.h"

#include "common/storage/sqlite.h"
#include "tests/support/addresses.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_dovecot.h"
#include "tests/support/recording_log.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>

using namespace postrider;
using directory::ExternalAccounts;
using test::FakeDovecot;
using test::mailbox;
using test::TempDir;

namespace {

struct House {
    TempDir folder;
    test::FakeClock clock;
    test::RecordingLog log;
    Metrics metrics;
    config::Config config;

    auto create() { return ExternalAccounts::create(config, clock, log, metrics); }
    void useDovecot() { config.dovecot = {folder / "client", folder / "userdb"}; }
    void useSql() {
        auto database = storage::Database::open(folder / "users.db", {});
        database.execute(
            "CREATE TABLE users (address, password);"
            "INSERT INTO users VALUES ('alice@a.example', 'x')");
        config.sql.connector = "sqlite";
        config.sql.connection = folder / "users.db";
        config.sql.userQuery = "SELECT password FROM users WHERE address = ?";
    }
    /// The only thing that is wrong.
    std::string problem() {
        const auto made = create();
        REQUIRE_FALSE(made.has_value());
        REQUIRE(made.error().sentences.size() == 1);
        return made.error().sentences.front();
    }
};

}  // namespace

TEST_CASE("without Dovecot and database there is nobody else to ask") {
    House house;
    const auto accounts = house.create();
    REQUIRE(accounts);
    CHECK((*accounts)->source() == nullptr);
    CHECK((*accounts)->warnings().empty());
}

TEST_CASE("Dovecot is asked before the database, and hides it while it is gone") {
    House house;
    house.useDovecot();
    house.useSql();
    const auto accounts = house.create();
    REQUIRE(accounts);
    auto& source = *(*accounts)->source();
    {
        const FakeDovecot dovecot{house.folder / "userdb", FakeDovecot::userdbGreeting,
                                  "NOTFOUND\t1\n"};
        const auto found = source.find(mailbox("alice@a.example"));
        REQUIRE((found && *found));
        CHECK((*found)->hash == "x");
    }
    // remembered for some seconds, until a reload
    CHECK(source.find(mailbox("alice@a.example")).has_value());
    (*accounts)->forget();
    const auto gone = source.find(mailbox("alice@a.example"));
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error().starts_with("dovecot: "));
}

TEST_CASE("sources that cannot be used now are warnings, not problems") {
    House house;
    house.useDovecot();
    house.useSql();
    house.config.sql.connection = house.folder / "missing.db";
    const auto accounts = house.create();
    REQUIRE(accounts);
    const auto warnings = (*accounts)->warnings();
    REQUIRE(warnings.size() == 2);
    CHECK(warnings[0].starts_with("dovecot: "));
    CHECK(warnings[1] == "sql: cannot read " + house.config.sql.connection);
}

TEST_CASE("the connection may stand in a file that others cannot read") {
    House house;
    house.useSql();
    const auto secret = house.folder.write("secret", house.config.sql.connection + "\n# old\n");
    house.config.sql.connection.clear();
    house.config.sql.connectionFile = secret;
    using std::filesystem::perms;
    std::filesystem::permissions(secret, perms::owner_read | perms::group_read);
    const auto accounts = house.create();
    REQUIRE(accounts);
    CHECK((*accounts)->warnings().empty());

    std::filesystem::permissions(secret, perms::owner_read | perms::others_read);
    CHECK(house.problem() == "sql.connection_file: " + secret.string() + ": everybody may read it");
    std::filesystem::remove(secret);
    CHECK(house.problem() ==
          "sql.connection_file: " + secret.string() + ": No such file or directory");
}

TEST_CASE("a query without the address is a problem") {
    House house;
    house.useSql();
    house.config.sql.userQuery = "SELECT 1";
    CHECK(house.problem() == "sql.user_query: expected a ? where the address is compared");
}

TEST_CASE("aliases of the database come with its accounts or alone, and a reload forgets them") {
    House house;
    house.useSql();
    CHECK(house.create().value()->aliases() == nullptr);
    auto database = storage::Database::open(house.folder / "users.db", {});
    database.execute("CREATE TABLE aliases (address, target)");
    house.config.sql.aliasQuery = "SELECT target FROM aliases WHERE address = ?";
    const auto both = house.create();
    REQUIRE(both);
    CHECK((*both)->source() != nullptr);
    CHECK((*both)->warnings().empty());
    const auto domain = mail::Domain::parse("a.example").value();
    const auto targets = [&] { return (*both)->aliases()->find("team", domain).value().size(); };
    CHECK(targets() == 0);
    database.execute("INSERT INTO aliases VALUES ('team@a.example', 'alice')");
    CHECK(targets() == 0);
    (*both)->forget();
    CHECK(targets() == 1);

    house.config.sql.userQuery.clear();
    const auto alone = house.create();
    REQUIRE(alone);
    CHECK((*alone)->source() == nullptr);
    CHECK((*alone)->aliases()->find("team", domain).value().size() == 1);
}

TEST_CASE("a wrong query for aliases is a problem, a database without their table a warning") {
    House house;
    house.useSql();
    house.config.sql.aliasQuery = "SELECT target FROM aliases";
    CHECK(house.problem() == "sql.alias_query: expected a ? where the address is compared");
    house.config.sql.aliasQuery += " WHERE address = ?";
    const auto warnings = house.create().value()->warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("no such table: aliases") != std::string::npos);
    // a database that is away is told once
    house.config.sql.connection = house.folder / "missing.db";
    CHECK(house.create().value()->warnings().size() == 1);
}
