#include "server/queue/spool.h"
#include "tests/unit/server/queue/queue_setting.h"

#include <csignal>
#include <doctest/doctest.h>
#include <set>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace postrider::queue {

using postrider::test::octetsOf;
using postrider::test::TempDir;

namespace {

constexpr std::size_t idLength = 14;

/// The body says whose it is, in the spool or in a row.
std::string bodyOf(const std::string& id, bool large) {
    std::string body = id;
    if (large) body.append(100'000, 'x');
    return body;
}

/// Puts (and settles every fourth) for ever; each acknowledgement is one line through the pipe: "P"
/// or "S" and the id.
void submitForEver(QueueStore& store, const TempDir& folder, int pipe) {
    SystemRandom random;
    const SystemClock clock;
    for (unsigned i = 0;; ++i) {
        const auto id = mail::QueueId::make(clock.now(), random);
        const bool large = i % 5 == 0;
        SpoolWriter spool{folder / "spool", 1000, id.toString()};
        if (!spool.write(bodyOf(id.toString(), large))) continue;
        const auto content = spool.finish();
        if (!content) continue;
        const auto path = mail::ForwardPath::fromString("bob@example.org").value();
        const NewMessage message{.id = id,
                                 .reversePath = {},
                                 .parameters = {},
                                 .receivedAt = clock.now(),
                                 .expiresAt = clock.now() + std::chrono::hours{1},
                                 .content = *content,
                                 .originIp = "",
                                 .ehlo = "",
                                 .authUser = "",
                                 .listener = "smtp",
                                 .sessionId = "",
                                 .recipients = {{path, path, "smtp", id.toString(), {}}}};
        if (!store.put(message)) continue;
        spool.release();
        const std::string put = "P" + id.toString() + "\n";
        if (::write(pipe, put.data(), put.size()) < 0) return;
        if (i % 4 != 0) continue;
        const auto due = store.due({.now = clock.now(), .limit = 1, .skip = [&](const auto& c) {
                                        return c.nextHop != id.toString();
                                    }});
        if (due.empty()) continue;
        const RecipientOutcome outcome{.rowId = due[0].rowId,
                                       .state = RecipientState::Delivered,
                                       .at = clock.now(),
                                       .took = {},
                                       .status = {2, 0, 0},
                                       .diagnostic = "",
                                       .remoteMta = "",
                                       .nextAttempt = {}};
        if (!store.settle({.id = id, .outcomes = {outcome}, .dsn = {}})) continue;
        const std::string settled = "S" + id.toString() + "\n";
        if (::write(pipe, settled.data(), settled.size()) < 0) return;
    }
}

/// The child: a store and some threads, until it is killed.
[[noreturn]] void serve(const TempDir& folder, int pipe) {
    const SystemClock clock;
    NullLog log;
    Metrics metrics;
    const auto store = QueueStore::open({.dataDir = folder.path()}, clock, log, metrics);
    std::vector<std::jthread> threads;
    threads.reserve(6);
    for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&] { submitForEver(*store, folder, pipe); });
    }
    threads.clear();
    ::_exit(1);
}

struct Acknowledged {
    std::set<std::string> put;
    std::set<std::string> settled;
};

/// Runs a child, kills it a while after its first acknowledgement, and collects all of them.
void runAndKill(const TempDir& folder, std::chrono::milliseconds life, Acknowledged& acknowledged) {
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(ends[0]);
        serve(folder, ends[1]);
    }
    ::close(ends[1]);
    std::string lines;
    char buffer[4096];
    ssize_t got = ::read(ends[0], buffer, sizeof buffer);
    const std::jthread killer{[child, life] {
        std::this_thread::sleep_for(life);
        ::kill(child, SIGKILL);
    }};
    for (; got > 0; got = ::read(ends[0], buffer, sizeof buffer)) {
        lines.append(buffer, static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    for (std::size_t at = 0; at + idLength + 2 <= lines.size(); at += idLength + 2) {
        auto& ids = lines[at] == 'P' ? acknowledged.put : acknowledged.settled;
        ids.insert(lines.substr(at + 1, idLength));
    }
}

}  // namespace

TEST_CASE("whatever was acknowledged before kill -9 is there after it (RFC 5321 6.1)") {
    const TempDir folder;
    test::FakeRandom random;
    Acknowledged acknowledged;
    for (int round = 0; round < 10; ++round) {
        CAPTURE(round);
        runAndKill(folder, std::chrono::milliseconds{20 + random.below(120)}, acknowledged);

        const SystemClock clock;
        test::RecordingLog log;
        Metrics metrics;
        const auto store = QueueStore::open({.dataDir = folder.path()}, clock, log, metrics);
        CHECK_FALSE(log.contains("queue-audit"));
        std::size_t lost = 0;
        for (const std::string& id : acknowledged.put) {
            const auto stored = store->load(*mail::QueueId::parse(id));
            if (acknowledged.settled.contains(id)) {
                lost += stored.has_value() ? 1 : 0;
            } else if (stored) {
                const std::string body = octetsOf(stored->content);
                lost += body == bodyOf(id, false) || body == bodyOf(id, true) ? 0 : 1;
            }
        }
        CHECK(lost == 0);
        auto database = storage::Database::open(folder / "queue.db",
                                                {.mode = storage::DatabaseOptions::Mode::ReadOnly});
        CHECK(database.queryText("PRAGMA integrity_check") == "ok");
        std::set<std::string> present;
        storage::Statement row = database.prepare("SELECT queue_id FROM message");
        while (row.step())
            present.insert(row.text(0));
        for (const std::string& id : acknowledged.put)
            lost += present.contains(id) ? 0 : 1;
        CHECK(lost == 0);
    }
    CHECK(acknowledged.put.size() > 50);
    CHECK_FALSE(acknowledged.settled.empty());
    MESSAGE(acknowledged.put.size() << " acknowledged in 10 rounds");
}

}  // namespace postrider::queue
