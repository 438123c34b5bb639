#include "server/journal/journal_file.h"

#include "common/storage/sqlite.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

#include <doctest.h>
#include <filesystem>
#include <string>
#include <vector>

namespace postrider::journal {

namespace {

using storage::Database;

Database readOnly(const std::filesystem::path& file) {
    storage::DatabaseOptions options;
    options.mode = storage::DatabaseOptions::Mode::ReadOnly;
    return Database::open(file, options);
}

Decision rcpt(std::string address) {
    Decision decision;
    decision.step = Step::Rcpt;
    decision.outcome = "local";
    decision.sessionId = "0session000001";
    decision.address = std::move(address);
    return decision;
}

/// `count` decisions of about half a kibibyte.
std::vector<DatedDecision> many(std::size_t count, WallTime at) {
    std::vector<DatedDecision> all;
    for (std::size_t i = 0; i < count; ++i) {
        Decision decision = rcpt("user" + std::to_string(i) + "@example.test");
        decision.reason.assign(400, 'r');
        all.push_back({at, std::move(decision)});
    }
    return all;
}

void trimFully(JournalFile& file, WallTime now) {
    for (int step = 0; file.trim(now); ++step)
        REQUIRE(step < 1000);
}

}  // namespace

TEST_CASE("a decision comes back from the view decisions as it was recorded, with ISO time") {
    const test::TempDir dir;
    JournalFile file{dir / "journal.db", {}};
    Decision decision = rcpt("Bob@example.test");
    decision.queueId = "0queue00000001";
    decision.clientIp = "192.0.2.1";
    decision.reason = "because";
    decision.inputs = {{"spf", "pass"}, {"quote", "a \"b\" \\ c"}, {"line", "x\r\ny"}};
    const auto at = fromUnixSeconds(1'795'262'400) + std::chrono::milliseconds{123};
    file.append(std::vector{DatedDecision{at, decision}});

    Database reader = readOnly(dir / "journal.db");
    auto row = reader.prepare(
        "SELECT at, step, outcome, session_id, queue_id, client_ip, address, reason,"
        " inputs ->> 'spf', inputs ->> 'quote', inputs ->> 'line' FROM decisions");
    REQUIRE(row.step());
    const std::vector<std::string> expected{
        "2026-11-21T12:00:00.123Z", "rcpt",           "local",
        "0session000001",           "0queue00000001", "192.0.2.1",
        "Bob@example.test",         "because",        "pass"};
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(row.text(static_cast<int>(i)) == expected[i]);
    CHECK(row.text(9).starts_with("a \"b\" "));
    CHECK(row.text(10).find_first_of("\r\n") == std::string::npos);
    CHECK_FALSE(row.step());
}

TEST_CASE("absent texts are NULL, so that partial indexes do not hold them") {
    const test::TempDir dir;
    JournalFile file{dir / "journal.db", {}};
    file.append(std::vector{DatedDecision{WallTime{}, Decision{}}});
    Database reader = readOnly(dir / "journal.db");
    CHECK(
        reader.queryInteger("SELECT count(*) FROM decisions WHERE session_id IS NULL AND queue_id"
                            " IS NULL AND client_ip IS NULL AND address IS NULL AND reason IS NULL"
                            " AND inputs IS NULL") == 1);
}

TEST_CASE("texts are cut at 1 KiB and inputs at 4 KiB, and stay valid JSON") {
    const test::TempDir dir;
    JournalFile file{dir / "journal.db", {}};
    Decision decision = rcpt(std::string(100'000, 'a'));
    decision.reason = std::string(100'000, '\xff');
    for (int i = 0; i < 100; ++i)
        decision.inputs.emplace_back("key" + std::to_string(i), std::string(5000, '"'));
    file.append(std::vector{DatedDecision{WallTime{}, decision}});
    Database reader = readOnly(dir / "journal.db");
    CHECK(reader.queryInteger("SELECT max(length(address), length(reason)) FROM decisions") <=
          1027);
    CHECK(reader.queryInteger("SELECT length(inputs) FROM decisions") <= 4096);
    CHECK(reader.queryInteger("SELECT json_valid(inputs) FROM decisions") == 1);
    CHECK(reader.queryInteger("SELECT count(*) FROM decisions, json_each(inputs)") >= 1);
}

TEST_CASE("decisions older than the longest age are forgotten, younger ones kept") {
    const test::TempDir dir;
    const test::FakeClock clock;
    JournalFile file{dir / "journal.db", {.maxAge = std::chrono::hours{24}}};
    file.append(many(9000, clock.now() - std::chrono::hours{25}));
    file.append(many(50, clock.now() - std::chrono::hours{23}));
    trimFully(file, clock.now());
    Database reader = readOnly(dir / "journal.db");
    CHECK(reader.queryInteger("SELECT count(*) FROM decisions") == 50);
}

TEST_CASE("the file stays under its size while decisions go on coming, and keeps the youngest") {
    const test::TempDir dir;
    const test::FakeClock clock;
    constexpr std::uint64_t bound = 4 * 1024 * 1024;
    JournalFile file{dir / "journal.db", {.maxBytes = bound}};
    std::uint64_t largest = 0;
    for (int round = 0; round < 40; ++round) {
        file.append(many(1000, clock.now()));
        file.trim(clock.now());
        largest = std::max(largest, file.size());
    }
    CHECK(largest <= bound + bound / 4);
    trimFully(file, clock.now());
    file.checkpoint();
    CHECK(std::filesystem::file_size(dir / "journal.db") <= bound);
    CHECK(std::filesystem::file_size(dir / "journal.db-wal") == 0);
    Database reader = readOnly(dir / "journal.db");
    CHECK(reader.queryInteger("SELECT max(id) FROM decisions") == 40'000);
    CHECK(reader.queryInteger("SELECT count(*) FROM decisions") > 1000);
}

TEST_CASE("a smaller bound shrinks an existing file") {
    const test::TempDir dir;
    const test::FakeClock clock;
    {
        JournalFile file{dir / "journal.db", {}};
        file.append(many(20'000, clock.now()));
        REQUIRE(file.size() > 8 * 1024 * 1024);
    }
    JournalFile file{dir / "journal.db", {.maxBytes = 2 * 1024 * 1024}};
    trimFully(file, clock.now());
    file.checkpoint();
    CHECK(std::filesystem::file_size(dir / "journal.db") <= 2 * 1024 * 1024);
}

TEST_CASE("one step of trimming removes a bounded number of rows") {
    const test::TempDir dir;
    const test::FakeClock clock;
    JournalFile file{dir / "journal.db", {.maxAge = std::chrono::hours{1}}};
    file.append(many(10'000, clock.now() - std::chrono::hours{2}));
    CHECK(file.trim(clock.now()));
    Database reader = readOnly(dir / "journal.db");
    const auto left = reader.queryInteger("SELECT count(*) FROM decisions");
    CHECK(left < 10'000);
    CHECK(left >= 5000);
}

TEST_CASE("each question of the reader uses an index") {
    const test::TempDir dir;
    const JournalFile file{dir / "journal.db", {}};
    Database reader = readOnly(dir / "journal.db");
    struct Case {
        std::string condition;
        std::string index;
    };
    for (const auto& c :
         std::vector<Case>{{"queue_id = 'x'", "decision_by_message"},
                           {"session_id = 'x'", "decision_by_session"},
                           {"address = 'x'", "decision_by_address"},
                           {"client_ip = 'x' AND (session_id IS NULL OR step = 'connect')",
                            "decision_by_client"}}) {
        CAPTURE(c.condition);
        auto plan =
            reader.prepare("EXPLAIN QUERY PLAN SELECT id FROM decisions WHERE " + c.condition);
        REQUIRE(plan.step());
        CHECK(plan.text(3).find(" INDEX " + c.index) != std::string::npos);
    }
}

TEST_CASE("every column of every view is described in the schema itself") {
    const test::TempDir dir;
    const JournalFile file{dir / "journal.db", {}};
    Database reader = readOnly(dir / "journal.db");
    for (const std::string view : {"decisions", "sessions", "refusals"}) {
        CAPTURE(view);
        const std::string sql = reader.queryText(
            "SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = '" + view + "'");
        auto columns = reader.prepare("SELECT name FROM pragma_table_info('" + view + "')");
        int count = 0;
        while (columns.step()) {
            const std::string name = columns.text(0);
            CAPTURE(name);
            const std::size_t place = sql.find(name);
            REQUIRE(place != std::string::npos);
            ++count;
        }
        std::size_t comments = 0;
        for (std::size_t at = sql.find("-- "); at != std::string::npos;
             at = sql.find("-- ", at + 1))
            ++comments;
        CHECK(count >= 8);
        CHECK(comments >= static_cast<std::size_t>(count));
    }
}

TEST_CASE("sessions and refusals summarise what decisions hold") {
    const test::TempDir dir;
    JournalFile file{dir / "journal.db", {}};
    std::vector<DatedDecision> all;
    const auto add = [&](Step step, std::string outcome, std::string address, int second) {
        Decision decision = rcpt(std::move(address));
        decision.step = step;
        decision.outcome = std::move(outcome);
        decision.clientIp = "192.0.2.9";
        all.push_back({fromUnixSeconds(1'795'262'400 + second), decision});
    };
    add(Step::Connect, "accepted", "", 0);
    add(Step::Auth, "accepted", "alice@example.test", 1);
    add(Step::Rcpt, "refused", "nobody@example.test", 2);
    add(Step::Queue, "accepted", "alice@example.test", 3);
    file.append(all);
    Database reader = readOnly(dir / "journal.db");
    auto session = reader.prepare(
        "SELECT session_id, client_ip, first_at, last_at, decisions, messages, refusals, user FROM"
        " sessions");
    REQUIRE(session.step());
    CHECK(session.text(0) == "0session000001");
    CHECK(session.text(1) == "192.0.2.9");
    CHECK(session.text(2) == "2026-11-21T12:00:00.000Z");
    CHECK(session.text(3) == "2026-11-21T12:00:03.000Z");
    CHECK(session.integer(4) == 4);
    CHECK(session.integer(5) == 1);
    CHECK(session.integer(6) == 1);
    CHECK(session.text(7) == "alice@example.test");
    CHECK(reader.queryText("SELECT group_concat(address) FROM refusals") == "nobody@example.test");
}

}  // namespace postrider::journal
