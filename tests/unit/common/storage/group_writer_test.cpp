#include "common/storage/group_writer.h"

#include "common/base/clock.h"
#include "tests/support/temp_dir.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <doctest/doctest.h>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace postrider::storage {

using postrider::test::TempDir;
using Outcome = Result<Done, WriteFailure>;

namespace {

bool soon(const std::function<bool()>& condition) {
    const SteadyTime until = steadyNow() + std::chrono::seconds{20};
    while (!condition()) {
        if (steadyNow() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return true;
}

/// Keeps the writer busy with one submission, so that others pile up behind it.
class Holder {
public:
    explicit Holder(GroupWriter& writer)
        : thread_([this, &writer] {
              (void)writer.write([this](Database&) {
                  started_ = true;
                  started_.notify_all();
                  release_.wait(false);
              });
          }) {
        started_.wait(false);
    }
    ~Holder() { release(); }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    void release() {
        release_ = true;
        release_.notify_all();
    }

private:
    std::atomic<bool> started_{false};
    std::atomic<bool> release_{false};
    std::jthread thread_;
};

/// A writer on a fresh database with the table t (a UNIQUE).
struct Setting {
    explicit Setting(const GroupWriterLimits& limits = {},
                     std::chrono::milliseconds busyTimeout = std::chrono::seconds{5}) {
        Database database = Database::open(folder / "x.db", {.busyTimeout = busyTimeout});
        database.execute("CREATE TABLE t (a UNIQUE)");
        writer = std::make_unique<GroupWriter>(std::move(database), limits, metrics);
    }

    Outcome insert(std::int64_t value) {
        return writer->write([value](Database& database) {
            database.kept("INSERT INTO t VALUES (?)")->bind(1, value).run();
        });
    }
    Outcome run(const std::string& sql) {
        return writer->write([&sql](Database& database) { database.execute(sql); });
    }
    Database look() const { return Database::open(folder / "x.db", {}); }
    std::int64_t rows() const { return look().queryInteger("SELECT count(*) FROM t"); }
    Gauge& waiting() { return metrics.gauge("postrider_x_writes_waiting", ""); }
    Gauge& walBytes() { return metrics.gauge("postrider_x_wal_bytes", ""); }
    std::uint64_t failures(const std::string& kind) {
        return metrics.counter("postrider_x_write_failures", "", {"kind", kind}).value();
    }

    /// Runs each work on its own thread, all in one batch: the writer is kept busy until they wait.
    std::vector<std::optional<Outcome>> together(const std::vector<GroupWriter::Work>& works,
                                                 std::size_t octets = 0) {
        Holder holder{*writer};
        std::vector<std::optional<Outcome>> outcomes(works.size());
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < works.size(); ++i) {
            threads.emplace_back([&, i] { outcomes[i] = writer->write(works[i], octets); });
        }
        CHECK(soon([&] { return waiting().value() == static_cast<std::int64_t>(works.size()); }));
        holder.release();
        threads.clear();
        return outcomes;
    }

    TempDir folder;
    Metrics metrics;
    std::unique_ptr<GroupWriter> writer;
};

GroupWriter::Work inserting(std::int64_t value) {
    return [value](Database& database) {
        database.kept("INSERT INTO t VALUES (?)")->bind(1, value).run();
    };
}

}  // namespace

TEST_CASE("what write() has answered can be read by everybody") {
    Setting setting;
    CHECK(setting.insert(1));
    CHECK(setting.rows() == 1);
}

TEST_CASE("submissions of many threads are all committed, many in one commit") {
    Setting setting;
    constexpr std::int64_t threads = 16;
    constexpr std::int64_t each = 50;
    std::atomic<int> failed{0};
    {
        std::vector<std::jthread> pool;
        pool.reserve(threads);
        for (std::int64_t t = 0; t < threads; ++t) {
            pool.emplace_back([&setting, &failed, t] {
                for (std::int64_t i = 0; i < each; ++i) {
                    if (!setting.insert(t * each + i)) ++failed;
                }
            });
        }
    }
    CHECK(failed == 0);
    CHECK(setting.rows() == threads * each);
    const auto batches = setting.metrics.histogram("postrider_x_batch_submissions", "").snapshot();
    CHECK(batches.sum == threads * each);
    CHECK(batches.cumulative.back() < threads * each / 2);
}

TEST_CASE("a bad submission is refused alone, the others of its batch are committed") {
    Setting setting;
    const auto outcomes = setting.together({inserting(1), inserting(2),
                                            [](Database& database) {
                                                database.execute("INSERT INTO t VALUES (100)");
                                                database.execute("INSERT INTO t VALUES (100)");
                                            },
                                            [](Database& database) {
                                                database.execute("INSERT INTO t VALUES (200)");
                                                throw std::runtime_error("a thought");
                                            },
                                            inserting(3)});
    for (const std::size_t good : {0U, 1U, 4U})
        CHECK(outcomes[good]->has_value());
    for (const std::size_t bad : {2U, 3U}) {
        REQUIRE_FALSE(outcomes[bad]->has_value());
        CHECK(outcomes[bad]->error().kind == WriteFailure::Kind::Refused);
    }
    CHECK(outcomes[2]->error().reason.find("UNIQUE constraint failed") != std::string::npos);
    CHECK(outcomes[3]->error().reason == "a thought");
    CHECK(setting.rows() == 3);
    CHECK(setting.look().queryInteger("SELECT count(*) FROM t WHERE a >= 100") == 0);
    CHECK(setting.failures("refused") == 2);
    CHECK(setting.insert(4));
}

TEST_CASE("a full disk takes the whole batch with it, tells everybody, and is got over") {
    Setting setting;
    REQUIRE(setting.run("PRAGMA max_page_count=20"));
    const auto outcomes = setting.together(
        {inserting(1),
         [](Database& database) { database.execute("INSERT INTO t VALUES (zeroblob(1000000))"); },
         inserting(2)});
    for (const auto& outcome : outcomes) {
        REQUIRE_FALSE(outcome->has_value());
        CHECK(outcome->error().kind == WriteFailure::Kind::Full);
    }
    CHECK(setting.rows() == 0);
    CHECK(setting.failures("full") == 1);

    REQUIRE(setting.run("PRAGMA max_page_count=1000000"));
    CHECK(setting.insert(1));
    CHECK(setting.rows() == 1);
    CHECK(setting.look().queryText("PRAGMA integrity_check") == "ok");
}

TEST_CASE("an operator who holds the write lock makes writes Busy, and only while it lasts") {
    Setting setting{{}, std::chrono::milliseconds{50}};
    Database operators = setting.look();
    operators.execute("BEGIN IMMEDIATE");
    const Outcome outcome = setting.insert(1);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == WriteFailure::Kind::Busy);
    operators.execute("ROLLBACK");
    CHECK(setting.insert(1));
}

TEST_CASE("no more than the limit may wait, the next one is Busy at once") {
    Setting setting{{.waiting = 2}};
    {
        std::vector<std::jthread> threads;
        threads.reserve(2);
        Holder holder{*setting.writer};
        for (int i = 0; i < 2; ++i) {
            threads.emplace_back([&] { CHECK(setting.run("SELECT 1").has_value()); });
        }
        REQUIRE(soon([&] { return setting.waiting().value() == 2; }));
        const Outcome outcome = setting.insert(1);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().kind == WriteFailure::Kind::Busy);
        CHECK(setting.failures("busy") == 1);
    }
    CHECK(setting.insert(2));
}

TEST_CASE("a batch is bounded by count and by octets") {
    struct Case {
        GroupWriterLimits limits;
        std::uint64_t batches = 0;
    };
    const Case cases[] = {{{.batchCount = 4}, 3}, {{.batchOctets = 300}, 5}, {{}, 1}};
    for (const Case& c : cases) {
        CAPTURE(c.limits.batchCount);
        Setting setting{c.limits};
        const std::vector<GroupWriter::Work> ten(
            10, [](Database& database) { database.execute("INSERT INTO t VALUES (random())"); });
        for (const auto& outcome : setting.together(ten, 150))
            CHECK(outcome->has_value());
        const auto sizes =
            setting.metrics.histogram("postrider_x_batch_submissions", "").snapshot();
        CHECK(sizes.cumulative.back() == 1 + c.batches);
        CHECK(setting.rows() == 10);
    }
}

TEST_CASE("what is in no hurry shares the commit of the next that is") {
    Setting setting{{.company = std::chrono::minutes{5}}};
    std::optional<Outcome> patient;
    std::jthread thread{[&] { patient = setting.writer->write(inserting(1), 0, Urgency::Soon); }};
    REQUIRE(soon([&] { return setting.waiting().value() == 1; }));
    CHECK(setting.insert(2));
    thread.join();
    CHECK(patient->has_value());
    CHECK(setting.rows() == 2);
    const auto batches = setting.metrics.histogram("postrider_x_batch_submissions", "").snapshot();
    CHECK(batches.cumulative.back() == 1);
}

TEST_CASE("what is in no hurry waits for company a while, and at the end not at all") {
    Setting setting{{.company = std::chrono::milliseconds{10}}};
    CHECK(setting.writer->write(inserting(1), 0, Urgency::Soon));
    Setting ending{{.company = std::chrono::minutes{5}}};
    std::optional<Outcome> outcome;
    std::jthread thread{[&outcome, &writer = *ending.writer] {
        outcome = writer.write(inserting(1), 0, Urgency::Soon);
    }};
    REQUIRE(soon([&] { return ending.waiting().value() == 1; }));
    ending.writer.reset();
    thread.join();
    CHECK(outcome->has_value());
    CHECK(ending.rows() == 1);
}

TEST_CASE("what waits when the writer ends is committed first") {
    Setting setting;
    std::optional<Outcome> outcome;
    auto holder = std::make_unique<Holder>(*setting.writer);
    std::jthread thread{
        [&outcome, &writer = *setting.writer] { outcome = writer.write(inserting(1)); }};
    REQUIRE(soon([&] { return setting.waiting().value() == 1; }));
    holder->release();
    setting.writer.reset();
    thread.join();
    holder.reset();
    CHECK(outcome->has_value());
    CHECK(setting.rows() == 1);
}

TEST_CASE("the write-ahead log stays small under load beside readers, and is truncated when idle") {
    Setting setting;
    std::uint64_t largest = 0;
    {
        const std::jthread reader{[&setting](const std::stop_token& stop) {
            Database database =
                Database::open(setting.folder / "x.db", {.mode = DatabaseOptions::Mode::ReadOnly});
            while (!stop.stop_requested()) {
                (void)database.queryInteger("SELECT count(*) FROM t WHERE a < 5");
            }
        }};
        const std::string blob(20'000, 'x');
        for (std::int64_t i = 0; i < 2000; ++i) {
            REQUIRE(setting.writer->write([&](Database& database) {
                const auto statement = database.kept("INSERT OR REPLACE INTO t VALUES (? || ?)");
                statement->bind(1, i % 50).bind(2, blob).run();
            }));
            largest = std::max(largest, std::filesystem::file_size(setting.folder / "x.db-wal"));
        }
    }
    // 40 MB were written; the automatic checkpoint comes every 8 MB.
    CHECK(largest < 24ULL * 1024 * 1024);
    CHECK(soon([&setting] { return setting.walBytes().value() == 0; }));
    CHECK(setting.look().walSize() == 0);
}

TEST_CASE("space is given back to the disk when idle") {
    Setting setting;
    REQUIRE(setting.run("INSERT INTO t VALUES (zeroblob(10000000))"));
    REQUIRE(setting.run("DELETE FROM t"));
    CHECK(soon(
        [&setting] { return std::filesystem::file_size(setting.folder / "x.db") < 4'000'000; }));
}

}  // namespace postrider::storage
