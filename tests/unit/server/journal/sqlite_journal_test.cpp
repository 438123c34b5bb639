#include "server/journal/sqlite_journal.h"

#include "server/journal/journal_reader.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/temp_dir.h"

#include <chrono>
#include <doctest.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace postrider::journal {

namespace {

Decision about(std::string queueId, std::string address = "bob@example.test") {
    Decision decision;
    decision.step = Step::Attempt;
    decision.outcome = "deferred";
    decision.queueId = std::move(queueId);
    decision.address = std::move(address);
    decision.reason = "451 4.3.0 later";
    decision.inputs = {{"relay", "mx.example.test"}};
    return decision;
}

SqliteJournalOptions quick(const std::filesystem::path& dataDir) {
    SqliteJournalOptions options;
    options.dataDir = dataDir;
    options.gathering = std::chrono::milliseconds{1};
    return options;
}

struct World {
    test::TempDir dir;
    test::FakeClock clock;
    test::RecordingLog log;
    Metrics metrics;
    SqliteJournalOptions options = quick(dir.path());

    [[nodiscard]] std::filesystem::path file() const { return dir / "journal.db"; }
    [[nodiscard]] std::size_t written(std::string_view queueId) const {
        return JournalReader{file()}.ofMessage(queueId).size();
    }
    [[nodiscard]] std::uint64_t dropped() {
        return metrics.counter("postrider_journal_dropped", "").value();
    }
};

}  // namespace

TEST_CASE("what was recorded before flush() is in the file after it") {
    World world;
    SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
    journal.record(about("0queue00000001"));
    journal.flush();
    const auto entries = JournalReader{world.file()}.ofMessage("0queue00000001");
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].at == "2026-11-21T12:00:00.000Z");
    CHECK(entries[0].reason == "451 4.3.0 later");
    CHECK(entries[0].input("relay") == "mx.example.test");
    CHECK(journal.problem().empty());
    CHECK(world.metrics.counter("postrider_journal_written", "").value() == 1);
}

TEST_CASE("the destructor writes what waits") {
    World world;
    world.options.gathering = std::chrono::minutes{10};
    {
        SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
        for (int i = 0; i < 1500; ++i)
            journal.record(about("0queue00000001"));
    }
    CHECK(world.written("0queue00000001") == 1500);
    CHECK(world.dropped() == 0);
}

TEST_CASE("the order of recording is the order of the ids, over batches and threads") {
    World world;
    SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
    const auto work = [&](const std::string& id) {
        for (int i = 0; i < 1000; ++i)
            journal.record(about(id, std::to_string(i) + "@example.test"));
    };
    {
        const std::jthread first{work, "0queue00000001"};
        const std::jthread second{work, "0queue00000002"};
    }
    journal.flush();
    for (const std::string id : {"0queue00000001", "0queue00000002"}) {
        const auto entries = JournalReader{world.file()}.ofMessage(id);
        REQUIRE(entries.size() == 1000);
        for (std::size_t i = 0; i < entries.size(); ++i)
            REQUIRE(entries[i].address == std::to_string(i) + "@example.test");
    }
}

TEST_CASE("what does not fit in memory is dropped and counted, by count and by octets") {
    World world;
    world.options.gathering = std::chrono::minutes{10};  // the thread takes nothing meanwhile
    SUBCASE("count") {
        world.options.waitingCount = 10;
        SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
        for (int i = 0; i < 25; ++i)
            journal.record(about("0queue00000001"));
        CHECK(world.dropped() == 15);
        journal.flush();
        CHECK(world.written("0queue00000001") == 10);
        CHECK(world.log.contains("journal-dropped count=15"));
        journal.record(about("0queue00000001"));
        journal.flush();
        CHECK(world.written("0queue00000001") == 11);
    }
    SUBCASE("octets") {
        world.options.waitingOctets = 10'000;
        SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
        Decision large = about("0queue00000001");
        large.reason.assign(6000, 'x');
        journal.record(large);
        journal.record(large);
        CHECK(world.dropped() == 1);
    }
}

TEST_CASE("recording does not wait while somebody holds the database's write lock") {
    World world;
    SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
    storage::Database other = storage::Database::open(world.file(), {});
    {
        const storage::WriteTransaction lock{other};
        const auto before = std::chrono::steady_clock::now();
        for (int i = 0; i < 5000; ++i)
            journal.record(about("0queue00000001"));
        CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{2});
    }
    journal.flush();
    CHECK(world.written("0queue00000001") == 5000);
    CHECK(world.dropped() == 0);
}

TEST_CASE("a damaged journal.db is set aside and a new one begun") {
    World world;
    world.dir.write("journal.db", std::string(20'000, 'x'));
    SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
    journal.record(about("0queue00000001"));
    journal.flush();
    CHECK(world.written("0queue00000001") == 1);
    CHECK(std::filesystem::file_size(world.dir / "journal.db.damaged") == 20'000);
    CHECK(world.log.contains("journal-set-aside"));
    CHECK(journal.problem().empty());
}

TEST_CASE("a journal that cannot be opened loses decisions, not mail, and is tried again") {
    World world;
    world.options.dataDir = world.dir / "later";
    SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
    CHECK_FALSE(journal.problem().empty());
    CHECK(world.log.count("journal-closed") == 1);
    journal.record(about("0queue00000001"));
    journal.flush();
    CHECK(world.dropped() == 1);

    std::filesystem::create_directory(world.dir / "later");
    journal.record(about("0queue00000002"));
    journal.flush();
    CHECK(world.dropped() == 2);  // not yet time for another try
    world.clock.advance(std::chrono::seconds{10});
    journal.record(about("0queue00000003"));
    journal.flush();
    CHECK(journal.problem().empty());
    CHECK(JournalReader{world.dir / "later/journal.db"}.ofMessage("0queue00000003").size() == 1);
    CHECK(world.log.count("journal-closed") == 1);
}

TEST_CASE("a journal of a later release is left as it is") {
    World world;
    {
        auto later = storage::Database::open(world.file(), {});
        later.execute("CREATE TABLE future (x); PRAGMA user_version=99");
    }
    SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
    CHECK(journal.problem().find("later release") != std::string::npos);
    CHECK(storage::Database::open(world.file(), {}).queryInteger("PRAGMA user_version") == 99);
}

TEST_CASE("a journal.db removed by an operator is made anew") {
    World world;
    SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
    journal.record(about("0queue00000001"));
    journal.flush();
    std::filesystem::remove(world.file());
    world.clock.advance(std::chrono::seconds{10});
    journal.record(about("0queue00000002"));
    journal.flush();
    CHECK(world.written("0queue00000002") == 1);
    CHECK(world.written("0queue00000001") == 0);
}

TEST_CASE("recording trims: what is too old goes when new decisions come") {
    World world;
    world.options.bounds.maxAge = std::chrono::hours{1};
    SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
    journal.record(about("0queue00000001"));
    journal.flush();
    world.clock.advance(std::chrono::hours{2});
    journal.record(about("0queue00000002"));
    journal.flush();
    CHECK(world.written("0queue00000001") == 0);
    CHECK(world.written("0queue00000002") == 1);
}

TEST_CASE("thirty thousand decisions are recorded at a few microseconds each and all written") {
    World world;
    world.options.gathering = std::chrono::milliseconds{100};
    SqliteJournal journal{world.options, world.clock, world.log, world.metrics};
    std::vector<Decision> all(30'000, about("0queue00000001"));
    const auto before = std::chrono::steady_clock::now();
    for (auto& decision : all)
        journal.record(std::move(decision));
    const auto recording = std::chrono::steady_clock::now() - before;
    journal.flush();
    MESSAGE("microseconds for each record(): "
            << static_cast<double>(
                   std::chrono::duration_cast<std::chrono::microseconds>(recording).count()) /
                   30'000);
    MESSAGE("milliseconds until all were written: "
            << std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::steady_clock::now() - before)
                   .count());
    CHECK(world.dropped() == 0);
    CHECK(recording < std::chrono::seconds{5});
    CHECK(world.metrics.counter("postrider_journal_written", "").value() == 30'000);
}

}  // namespace postrider::journal
