#include "server/queue/queue_store.h"
#include "tests/unit/server/queue/queue_setting.h"

#include <chrono>
#include <doctest/doctest.h>
#include <set>
#include <string>

namespace postrider::queue {

using namespace std::chrono_literals;
using postrider::test::QueueSetting;

TEST_CASE("recipients are due from their time on, oldest first, no more than asked for") {
    QueueSetting setting;
    CHECK_FALSE(setting.store->nextDue());
    const WallTime start = setting.clock.now();
    auto later = setting.message({"later@example.org"});
    later.receivedAt = start + 60s;
    REQUIRE(setting.put(later));
    REQUIRE(setting.put(setting.message({"now@example.org"})));

    CHECK(setting.store->nextDue() == start);
    REQUIRE(setting.due().size() == 1);
    CHECK(setting.due()[0].final.toString() == "now@example.org");
    setting.clock.advance(59s);
    CHECK(setting.due().size() == 1);
    setting.clock.advance(1s);
    const auto both = setting.due();
    REQUIRE(both.size() == 2);
    CHECK(both[0].final.toString() == "now@example.org");
    CHECK(setting.due(1).size() == 1);
}

TEST_CASE("what the caller passes over does not count, and does not hide what is behind it") {
    QueueSetting setting;
    for (int i = 0; i < 50; ++i)
        REQUIRE(setting.put(setting.message({"a@down.example"})));
    setting.clock.advance(1s);
    REQUIRE(setting.put(setting.message({"b@up.example"})));
    std::set<std::string> couriers;
    const auto due = setting.store->due({.now = setting.clock.now(),
                                         .limit = 10,
                                         .skip = [&couriers](const DueCandidate& candidate) {
                                             couriers.insert(candidate.courier);
                                             return candidate.nextHop == "down.example";
                                         }});
    REQUIRE(due.size() == 1);
    CHECK(due[0].nextHop == "up.example");
    CHECK(couriers == std::set<std::string>{"smtp"});
}

TEST_CASE("who waits beyond any schedule is due now, but for those to be released later") {
    QueueSetting setting;
    const auto latest = [&setting] { return setting.clock.now() + 5h; };
    REQUIRE(setting.put(setting.message({"a@example.org"})));
    REQUIRE(setting.settle(setting.due().at(0), RecipientState::Pending));
    CHECK(setting.store->bringForward(latest()) == 0);
    CHECK(setting.due().empty());
    setting.clock.jumpTo(setting.clock.now() - 24h);
    CHECK(setting.due().empty());

    auto later = setting.message({"b@example.org"});
    later.releaseAt = setting.clock.now() + 48h;
    REQUIRE(setting.put(later));
    auto held = setting.message({"c@example.org"});
    held.held = true;
    REQUIRE(setting.put(held));
    CHECK(setting.store->bringForward(latest()) == 1);
    CHECK(setting.store->bringForward(latest()) == 0);
    REQUIRE(setting.due().size() == 1);
    CHECK(setting.due()[0].final.toString() == "a@example.org");
}

TEST_CASE("a recipient that is settled while due() looks is not handed out again") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message({"a@example.org"})));
    REQUIRE(setting.put(setting.message({"b@example.org"})));
    const auto inFlight = setting.due();
    REQUIRE(inFlight.size() == 2);
    bool settled = false;
    const auto due = setting.store->due(
        {.now = setting.clock.now(), .limit = 10, .skip = [&](const DueCandidate& candidate) {
             // It was in flight; it is settled and forgotten now.
             if (candidate.rowId == inFlight[0].rowId) {
                 settled = setting.settle(inFlight[0], RecipientState::Delivered);
             }
             return false;
         }});
    CHECK(settled);
    REQUIRE(due.size() == 1);
    CHECK(due[0].rowId == inFlight[1].rowId);
}

TEST_CASE("a row that somebody damaged is logged and does not stop the others") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message({"a@example.org"})));
    REQUIRE(setting.put(setting.message({"b@example.org"})));
    setting.byHand().execute("UPDATE recipient SET final = 'nonsense' WHERE id = 1");
    REQUIRE(setting.due().size() == 1);
    CHECK(setting.log.contains("recipient.final"));
}

TEST_CASE("no reader is left in a transaction, which would hold back the write-ahead log") {
    QueueSetting setting;
    const auto message = setting.message();
    REQUIRE(setting.put(message));
    CHECK(setting.due().size() == 1);
    CHECK(setting.store->load(message.id));
    (void)setting.store->nextDue();
    (void)setting.store->totals();
    (void)setting.store->carryOutActions();
    REQUIRE(setting.put(setting.message()));
    storage::Database other = setting.byHand();
    other.execute("PRAGMA busy_timeout=0");
    CHECK(other.queryInteger("SELECT count(*) FROM message") == 2);
    CHECK(other.queryInteger("PRAGMA wal_checkpoint(TRUNCATE)") == 0);
    CHECK(other.walSize() == 0);
}

TEST_CASE("totals count messages, states and the age of the oldest pending one") {
    QueueSetting setting;
    CHECK(setting.store->totals().oldestPendingAge == 0);
    REQUIRE(setting.put(setting.message({"a@example.org", "b@example.org"})));
    setting.clock.advance(100s);
    REQUIRE(setting.put(setting.message({"c@example.org"})));
    setting.byHand().execute(
        "UPDATE recipient SET state = 'held', next_attempt_at = NULL WHERE id = 3");
    const QueueTotals totals = setting.store->totals();
    CHECK(totals.messages == 2);
    CHECK(totals.pending == 2);
    CHECK(totals.held == 1);
    CHECK(totals.oldestPendingAge == 100);
}

}  // namespace postrider::queue
