#include "server/queue/schema.h"

#include "tests/unit/server/queue/queue_setting.h"

#include <chrono>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace postrider::queue {

using postrider::test::QueueSetting;

namespace {

std::string dumpSchema(const QueueSetting& setting) {
    storage::Database database = setting.byHand();
    storage::Statement row =
        database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid");
    std::string dump;
    while (row.step())
        dump += row.text(0) + ";\n\n";
    return dump;
}

/// With an age and a time that real clocks give to FakeClock's message.
void backdate(const QueueSetting& setting, int age, int due) {
    setting.byHand().execute(
        "UPDATE message SET received_at = unixepoch() - " + std::to_string(age) +
        "; UPDATE recipient SET next_attempt_at = unixepoch() + " + std::to_string(due));
}

}  // namespace

TEST_CASE("the schema is the one that was agreed on: a change needs a new migration") {
    const QueueSetting setting;
    const std::string golden = POSTRIDER_TESTS_DIR "/golden/queue_schema.sql";
    std::ifstream in{golden};
    const std::string expected{std::istreambuf_iterator<char>{in}, {}};
    const bool same = dumpSchema(setting) == expected;
    CHECK_MESSAGE(same, "tests/golden/queue_schema.sql differs from sqlite_schema");
    CHECK(setting.number("PRAGMA user_version") == 3);
    CHECK(setting.number("PRAGMA application_id") == 0x506f7374);
}

TEST_CASE("a queue of schema 1 is migrated with what is in it") {
    QueueSetting setting;
    setting.store.reset();
    std::filesystem::remove(setting.folder / "queue.db");
    {
        auto old = storage::Database::open(setting.folder / "queue.db", {});
        storage::migrate(old, queueMigrations().first(1));
        old.execute(
            "INSERT INTO message VALUES (1, '0mjw3kq2h5ab1c', 'alice@example.test', 100, "
            "9999999999,"
            " NULL, 5, '7BIT', 0, 1, 'HDRS', 'E1', '', '', 'alice', 'submission', '');"
            "INSERT INTO content VALUES (1, '', x'613a0d0a0d', NULL, 5, NULL);"
            "INSERT INTO recipient (message_id, original, final, courier, next_hop, state,"
            " next_attempt_at) VALUES (1, 'bob@a.test', 'bob@a.test', 'smtp', 'a.test', 'pending',"
            " 100);"
            "INSERT INTO action (verb, queue_id) VALUES ('hold', '0mjw3kq2h5ab1c');"
            "INSERT INTO action (verb, queue_id, requested_by) VALUES ('release', "
            "'0mjw3kq2h5ab1c', 'eve');"
            "UPDATE action SET done_at = 1, result = 'x' WHERE id = 1;"
            "INSERT INTO action (verb, queue_id) VALUES ('retry', '0mjw3kq2h5ab1c');"
            "DELETE FROM action WHERE id = 3");
    }
    setting.open();
    CHECK(setting.number("PRAGMA user_version") == 3);
    CHECK(setting.text("SELECT group_concat(id || verb || requested_by) FROM action") ==
          "1holdsqlite3,2releaseeve");
    CHECK(setting.store->carryOutActions().size() == 1);
    setting.byHand().execute("INSERT INTO action (verb, next_hop) VALUES ('flush', '*')");
    CHECK(setting.number("SELECT max(id) FROM action") == 4);
    REQUIRE(setting.due().size() == 1);
    CHECK_FALSE(setting.due()[0].warned);
    const auto message = setting.store->load(setting.due()[0].id);
    REQUIRE(message);
    CHECK_FALSE(message->releaseAt);
    CHECK(message->authUser == "alice");
    CHECK(message->parameters.requireTls);
    CHECK(setting.text("SELECT sender || state FROM queue_recipients") ==
          "alice@example.testpending");
    CHECK(setting.number("SELECT warned IS NULL FROM queue_recipients") == 1);
}

TEST_CASE("every view has a queue_id, and its text explains every column") {
    const QueueSetting setting;
    for (const std::string view :
         {"queue", "queue_recipients", "queue_attempts", "queue_destinations"}) {
        CAPTURE(view);
        storage::Database database = setting.byHand();
        const std::string text = database.queryText(
            "SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = '" + view + "'");
        storage::Statement columns =
            database.prepare("SELECT name FROM pragma_table_info('" + view + "')");
        bool hasQueueId = false;
        while (columns.step()) {
            const std::string name = columns.text(0);
            CAPTURE(name);
            hasQueueId = hasQueueId || name == "queue_id";
            const auto at = text.find("AS " + name + ",");
            const auto last = text.find("AS " + name + " ");
            const auto line = at != std::string::npos ? at : last;
            REQUIRE(line != std::string::npos);
            // Behind it on its line, or above it.
            const std::string near = text.substr(line > 200 ? line - 200 : 0, 320);
            CHECK(near.find("--") != std::string::npos);
        }
        CHECK(hasQueueId);
    }
}

TEST_CASE("the views tell a message's story in ISO times and human words") {
    QueueSetting setting;
    const auto message = setting.message({"a@example.org", "b@example.org"});
    REQUIRE(setting.put(message));
    CHECK(setting.text("SELECT received FROM queue") == "2026-11-21T12:00:00Z");
    CHECK(setting.text("SELECT expires FROM queue") == "2026-11-22T12:00:00Z");
    CHECK(setting.text("SELECT sender FROM queue") == "alice@example.test");
    REQUIRE(setting.settle(setting.due()[0], RecipientState::Pending));
    CHECK(setting.text("SELECT last_reply FROM queue") == "4.4.1 said so");
    CHECK(setting.text("SELECT at FROM queue_attempts") == "2026-11-21T12:00:00Z");
    CHECK(setting.text("SELECT next_attempt FROM queue_recipients WHERE attempts = 1") ==
          "2026-11-21T12:05:00Z");
    CHECK(setting.text("SELECT queue_id FROM queue_destinations") == message.id.toString());
    CHECK(setting.number("SELECT recipients FROM queue_destinations") == 2);
    CHECK(setting.number("SELECT messages FROM queue_destinations") == 1);
    CHECK(setting.number("SELECT recipients FROM queue") == 2);

    struct Case {
        int age;
        int due;
        const char* ageWords;
        const char* dueWords;
    };
    const Case cases[] = {{30 * 60, -5, "30m", "now"},
                          {2 * 3600 + 90, 10 * 60 + 30, "2h 1m", "in 10m"},
                          {26 * 3600 + 30, 3 * 3600 + 90, "1d 2h", "in 3h 1m"}};
    for (const Case& c : cases) {
        backdate(setting, c.age, c.due);
        CHECK(setting.text("SELECT age FROM queue") == c.ageWords);
        CHECK(setting.text("SELECT due FROM queue") == c.dueWords);
    }
}

TEST_CASE("reading the views beside the server needs no write and waits for nobody") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message()));
    storage::Database holder = setting.byHand();
    holder.execute("BEGIN IMMEDIATE");
    storage::Database reader = storage::Database::open(
        setting.folder / "queue.db", {.mode = storage::DatabaseOptions::Mode::ReadOnly,
                                      .busyTimeout = std::chrono::milliseconds{0}});
    for (const char* view : {"queue", "queue_recipients", "queue_destinations"}) {
        CAPTURE(view);
        CHECK(reader.queryInteger(std::string{"SELECT count(*) FROM "} + view) == 1);
    }
    CHECK(reader.queryInteger("SELECT count(*) FROM queue_attempts") == 0);
}

}  // namespace postrider::queue
