#include "server/queue/spool.h"
#include "tests/unit/server/queue/queue_setting.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>

namespace postrider::queue {

using postrider::test::QueueSetting;

namespace {

std::int64_t faults(QueueSetting& setting) {
    return setting.metrics.gauge("postrider_queue_audit_faults", "").value();
}

void putSpooled(QueueSetting& setting, const std::string& name) {
    auto message = setting.message();
    SpoolWriter writer{setting.folder / "spool", 0, name};
    REQUIRE(writer.write("octets"));
    message.content = *writer.finish();
    writer.release();
    REQUIRE(setting.put(message));
}

}  // namespace

TEST_CASE("files that no row names are swept at start, others stay") {
    QueueSetting setting;
    putSpooled(setting, "known");
    setting.store.reset();
    setting.folder.write("spool/orphan", "of a crash");
    setting.folder.write("spool/notes.txt", "not ours");
    std::filesystem::create_directory(setting.folder / "spool/folder");
    setting.open();
    CHECK_FALSE(std::filesystem::exists(setting.folder / "spool/orphan"));
    for (const char* kept : {"known", "notes.txt", "folder"}) {
        CAPTURE(kept);
        CHECK(std::filesystem::exists(setting.folder / "spool" / kept));
    }
    CHECK(setting.log.contains("spool-swept files=1"));
    CHECK(faults(setting) == 0);
}

TEST_CASE("a row whose file is missing or of another size is an alarm, and the queue opens") {
    QueueSetting setting;
    putSpooled(setting, "gone");
    putSpooled(setting, "short");
    setting.store.reset();
    std::filesystem::remove(setting.folder / "spool/gone");
    setting.folder.write("spool/short", "oct");
    setting.open();
    CHECK(setting.log.count("spool file missing or of another size") == 2);
    CHECK(faults(setting) == 2);
    CHECK(setting.put(setting.message()));
}

TEST_CASE("impossible states cannot be written") {
    QueueSetting setting;
    const auto message = setting.message();
    REQUIRE(setting.put(message));
    const auto other = setting.message({"eve@example.net"});
    REQUIRE(setting.put(other));
    for (const auto& recipient : setting.due()) {
        if (recipient.id == other.id) REQUIRE(setting.settle(recipient, RecipientState::Delivered));
    }
    const char* statements[] = {
        "DELETE FROM content",
        "DELETE FROM message WHERE id = 1",
        "UPDATE message SET finished_at = 5 WHERE id = 1",
        "UPDATE message SET finished_at = NULL WHERE id = 2",
        "UPDATE message SET queue_id = '../../etc/pass'",
        "UPDATE recipient SET state = 'lost'",
        "UPDATE recipient SET state = 'delivered' WHERE id = 1",
        "UPDATE recipient SET state = 'held' WHERE id = 1",
        "UPDATE recipient SET next_attempt_at = NULL WHERE id = 1",
        "UPDATE recipient SET state = 'pending', settled_at = NULL, next_attempt_at = 1",
        "UPDATE recipient SET message_id = 99",
        "UPDATE content SET octets = NULL",
        "UPDATE content SET octets = x'00'",
        "UPDATE content SET octets = NULL, spool_name = '../x', xxh64 = '0123456789abcdef'",
        "INSERT INTO content VALUES (99, x'', x'', NULL, 0, NULL)",
        "INSERT INTO attempt VALUES (NULL, 99, 1, 1, 'failed', '', '', '')",
        "INSERT INTO attempt VALUES (NULL, 1, 1, 1, 'odd', '', '', '')",
    };
    for (const char* sql : statements) {
        CAPTURE(sql);
        CHECK_THROWS_AS(setting.byHand().execute(sql), storage::SqliteError);
    }
    setting.reopen();
    CHECK(faults(setting) == 0);
}

TEST_CASE("what was forced in all the same is found at start") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message()));
    setting.store.reset();
    struct Case {
        const char* sql;
        const char* fault;
    };
    const Case cases[] = {
        {"DROP TRIGGER content_is_needed; DELETE FROM content",
         "unfinished message without content"},
        {"DROP TRIGGER message_is_finished; UPDATE message SET finished_at = 5",
         "finished message with an unsettled recipient"},
        {"UPDATE recipient SET state = 'removed', next_attempt_at = NULL, settled_at = 5",
         "unfinished message without an unsettled recipient"}};
    const Case* wanted = nullptr;
    SUBCASE("content") {
        wanted = &cases[0];
    }
    SUBCASE("finished") {
        wanted = &cases[1];
    }
    SUBCASE("settled") {
        wanted = &cases[2];
    }
    setting.byHand().execute(wanted->sql);
    setting.open();
    CHECK(setting.log.contains(wanted->fault));
    CHECK(faults(setting) > 0);
}

}  // namespace postrider::queue
