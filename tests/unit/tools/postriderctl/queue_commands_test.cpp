#include "common/base/metrics.h"
#include "server/journal/sqlite_journal.h"
#include "server/queue/queue_store.h"
#include "tests/support/addresses.h"
#include "tests/support/fake_random.h"
#include "tests/support/recording_log.h"
#include "tests/unit/tools/postriderctl/scene.h"

#include <doctest/doctest.h>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

using namespace postrider;
using namespace std::chrono_literals;
using postrider::test::Scene;

namespace {

/// A queue with one message for two recipients, and perhaps a server that looks after it.
struct QueueScene : Scene {
    SystemClock clock;
    test::FakeRandom random;
    test::RecordingLog log;
    Metrics metrics;
    std::unique_ptr<queue::QueueStore> store;
    std::string id;

    QueueScene() {
        store = queue::QueueStore::open({dir / "data"}, clock, log, metrics);
        const auto now = clock.now();
        const auto queueId = mail::QueueId::make(now, random);
        id = queueId.toString();
        const auto recipient = [](const char* address) {
            return queue::NewRecipient{
                test::forwardPath(address), test::forwardPath(address), "smtp", "b.example", {}};
        };
        REQUIRE(store
                    ->put({queueId,
                           test::reversePath("alice@a.example"),
                           {},
                           now,
                           now + 24h,
                           mail::MessageContent::fromMemory("Subject: x\r\n\r\n"),
                           "192.0.2.1",
                           "c",
                           "alice@a.example",
                           "submission",
                           "session0000001",
                           {recipient("bob@b.example"), recipient("carol@b.example")}})
                    .has_value());
    }

    /// Runs a command while the server carries out actions.
    int runBesideServer(std::vector<std::string> words) {
        const std::jthread server{[this](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                (void)store->carryOutActions();
                std::this_thread::yield();
            }
        }};
        return run(std::move(words), 30s);
    }
};

}  // namespace

TEST_CASE("queue list and show tell what waits, beside the server that has the queue open") {
    QueueScene scene;
    CHECK(scene.run({"queue", "list"}) == 0);
    CHECK(scene.out.starts_with("queue_id"));
    CHECK(scene.out.find(scene.id + "  pending") != std::string::npos);
    CHECK(scene.out.find("alice@a.example") != std::string::npos);
    CHECK(scene.run({"queue", "show", scene.id}) == 0);
    CHECK(scene.out.starts_with("queue_id    " + scene.id + "\n"));
    CHECK(scene.out.find("recipient     bob@b.example\n") != std::string::npos);
    CHECK(scene.out.find("recipient     carol@b.example\n") != std::string::npos);
    CHECK(scene.run({"queue", "show", "nosuchid000000"}) == 67);
}

TEST_CASE("actions are carried out by the server, and the command waits for the result") {
    QueueScene scene;
    CHECK(scene.runBesideServer({"queue", "hold", scene.id}) == 0);
    CHECK_FALSE(scene.out.empty());
    CHECK(scene.run({"queue", "list"}) == 0);
    CHECK(scene.out.find(scene.id + "  held") != std::string::npos);
    CHECK(scene.runBesideServer({"queue", "release", scene.id}) == 0);
    CHECK(scene.runBesideServer({"queue", "retry", scene.id}) == 0);
    CHECK(scene.runBesideServer({"queue", "remove", scene.id}) == 0);
    CHECK(scene.run({"queue", "list"}) == 0);
    CHECK(scene.out == "the queue is empty\n");
    CHECK(scene.run({"queue", "show", scene.id}) == 0);  // still in the history
    CHECK(scene.out.find("state         removed\n") != std::string::npos);
}

TEST_CASE("reroute and flush say where to, and may name a courier") {
    QueueScene scene;
    CHECK(scene.runBesideServer({"queue", "flush", "b.example"}) == 0);
    CHECK(scene.out.find("due now") != std::string::npos);
    CHECK(scene.runBesideServer({"queue", "reroute", scene.id, "mx2.example:25"}) == 0);
    CHECK(scene.out == "2 recipients rerouted\n");
    CHECK(scene.runBesideServer({"queue", "reroute", scene.id, "/run/lmtp", "lmtp"}) == 0);
    CHECK(scene.run({"queue", "show", scene.id}) == 0);
    CHECK(scene.out.find("next_hop      /run/lmtp\n") != std::string::npos);
    CHECK(scene.out.find("courier       lmtp\n") != std::string::npos);
    CHECK(scene.run({"queue", "flush", "b.example"}) == 67);
    CHECK(
        scene.err ==
        "postriderctl: action: nobody waits for this next_hop; see the view queue_destinations\n");
    CHECK(scene.run({"queue", "reroute", scene.id}) == 64);
    CHECK(scene.run({"queue", "forget", "b.example"}) == 67);
    CHECK(scene.err ==
          "postriderctl: action: nothing is remembered about the TLS of this domain\n");
}

TEST_CASE("an action for a message that is not there is refused with the table's reason") {
    QueueScene scene;
    CHECK(scene.run({"queue", "retry", "nosuchid000000"}) == 67);
    CHECK(scene.err == "postriderctl: action: no message has this queue_id; see the view queue\n");
}

TEST_CASE("without a server an action is written down for later, and that is said") {
    QueueScene scene;
    CHECK(scene.run({"queue", "expire", scene.id}, 0ms) == 75);
    CHECK(scene.err ==
          "postriderctl: written down as action 1, but the server has not come to it; is it "
          "running?\n");
    REQUIRE(scene.store->carryOutActions().size() == 1);
}

TEST_CASE("where there is no queue or journal yet, the missing file is named") {
    Scene scene;
    const std::string data = (scene.dir / "data").string();
    CHECK(scene.run({"queue", "list"}) == 66);
    CHECK(scene.err == "postriderctl: " + data + "/queue.db: there is no such file\n");
    CHECK(scene.run({"explain", "alice@a.example"}) == 66);
    CHECK(scene.err == "postriderctl: " + data + "/journal.db: there is no such file\n");
}

TEST_CASE("explain tells the story from the journal, and ends with 67 where there is none") {
    Scene scene;
    SystemClock clock;
    test::RecordingLog log;
    Metrics metrics;
    {
        journal::SqliteJournalOptions options;
        options.dataDir = scene.dir / "data";
        journal::SqliteJournal journal{options, clock, log, metrics};
        journal::Decision decision;
        decision.step = journal::Step::Connect;
        decision.outcome = "accepted";
        decision.sessionId = "session0000001";
        decision.clientIp = "192.0.2.1";
        journal.record(decision);
        decision.step = journal::Step::Auth;
        decision.outcome = "refused";
        decision.address = "alice@a.example";
        decision.reason = "wrong password";
        journal.record(decision);
        journal.flush();
    }
    CHECK(scene.run({"explain", "192.0.2.1"}) == 0);
    CHECK(scene.out.find("wrong password") != std::string::npos);
    CHECK(scene.run({"explain", "198.51.100.1"}) == 67);
    CHECK(scene.out.empty());
    CHECK_FALSE(scene.err.empty());
}
