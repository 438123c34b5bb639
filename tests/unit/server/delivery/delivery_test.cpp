#include "tests/unit/server/delivery/delivery_fixture.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <future>
#include <set>

namespace postrider::test {

using queue::RecipientState;

namespace {

std::size_t callsTo(DeliveryFixture& f, const std::string& nextHop) {
    const auto calls = f.couriers.calls();
    return static_cast<std::size_t>(std::count_if(
        calls.begin(), calls.end(), [&](const auto& c) { return c.nextHop == nextHop; }));
}

}  // namespace

TEST_CASE("what is in the queue at the start and what comes later is delivered once (C-014)") {
    DeliveryFixture f;
    f.put({"early@a.test"});
    f.start();
    for (int i = 0; i < 200; ++i)
        f.put({"u" + std::to_string(i) + "@a.test", "v" + std::to_string(i) + "@b.test"});
    REQUIRE(f.settled());
    CHECK(f.queue.count(RecipientState::Delivered) == 401);
    std::multiset<std::string> delivered;
    for (const auto& call : f.couriers.calls())
        delivered.insert(call.recipients.begin(), call.recipients.end());
    CHECK(delivered.size() == 401);
    CHECK(std::set(delivered.begin(), delivered.end()).size() == 401);
    CHECK(f.log.count("attempt id=") == 401);
}

TEST_CASE("recipients of one message and domain share an attempt, up to courier.max_recipients") {
    DeliveryFixture f;
    f.options.maxRecipients = 4;
    std::vector<std::string> ten;
    ten.reserve(10);
    for (int i = 0; i < 10; ++i)
        ten.push_back("u" + std::to_string(i) + "@a.test");
    f.put(ten);
    f.start();
    REQUIRE(f.settled());
    std::multiset<std::size_t> sizes;
    for (const auto& call : f.couriers.calls())
        sizes.insert(call.recipients.size());
    CHECK(sizes == std::multiset<std::size_t>{4, 4, 2});
}

TEST_CASE(
    "a stuck destination holds up nobody else, and gets no more than its share (ATTACKS 1.3)") {
    DeliveryFixture f;
    f.options.threads = 10;
    f.options.perDestination = 3;
    f.couriers.close("stuck.test");
    for (int i = 0; i < 300; ++i)
        f.put({"u@stuck.test"});
    f.start();
    for (int i = 0; i < 100; ++i)
        f.put({"u@well.test"});
    REQUIRE(f.queue.waitForSettlements(100));
    CHECK(callsTo(f, "well.test") == 100);
    CHECK(f.couriers.mostAtOnce("stuck.test") <= 3);
    f.couriers.open("stuck.test");
    REQUIRE(f.settled());
    CHECK(callsTo(f, "stuck.test") == 300);
    CHECK(f.couriers.mostAtOnce("stuck.test") == 3);
}

TEST_CASE("a dead destination costs a few connections and not one per message") {
    DeliveryFixture f;
    f.options.perDestination = 2;
    f.couriers.answer("dead.test", [](const auto&) { return RecordingCouriers::nobodyThere(); });
    for (int i = 0; i < 50; ++i)
        f.put({"u@dead.test"});
    f.start();
    REQUIRE(f.settled());
    CHECK(callsTo(f, "dead.test") <= 2);
    const auto rows = f.queue.rows();
    CHECK(std::all_of(rows.begin(), rows.end(), [&](const auto& row) {
        return row.state == RecipientState::Pending && row.recipient.attempts == 1 &&
               row.nextAttempt > f.clock.now();
    }));

    // it comes back: the schedule's next try finds it
    f.couriers.answer("dead.test", [](const auto&) { return RecordingCouriers::delivered(); });
    f.clock.advance(std::chrono::minutes{15});
    f.delivery->wake();
    REQUIRE(f.settled());
    CHECK(f.queue.count(RecipientState::Delivered) == 50);
}

TEST_CASE(
    "one domain down: the other is delivered, this one retried, given up, and reported once "
    "(issue: how it will be seen)") {
    DeliveryFixture f;
    f.couriers.answer("down.test", [](const auto&) { return RecordingCouriers::nobodyThere(); });
    const auto id = f.put({"bob@up.test", "carol@down.test"});
    f.start();
    REQUIRE(f.settled());
    CHECK(f.queue.count(RecipientState::Delivered) == 1);
    CHECK(f.queue.count(RecipientState::Pending) == 1);
    for (int i = 0; i < 10 && f.queue.count(RecipientState::Expired) == 0; ++i) {
        f.clock.advance(std::chrono::minutes{13});
        f.delivery->wake();
        REQUIRE(f.settled());
    }
    CHECK(f.queue.count(RecipientState::Expired) == 1);
    REQUIRE(f.reports().size() == 1);
    const std::string report = octetsOf(f.reports()[0]);
    CHECK(report.find("carol@down.test") != std::string::npos);
    CHECK(report.find("bob@up.test") == std::string::npos);
    CHECK(report.find("Status: 5.4.1") != std::string::npos);
    CHECK(f.log.count("expired id=" + id.toString()) == 1);
    REQUIRE(f.settled());
    CHECK(callsTo(f, "sender.test") == 1);  // the report itself
}

TEST_CASE("a thousand bad recipients of one message cause one report (ATTACKS 1.3, D-015)") {
    DeliveryFixture f;
    f.couriers.answer("a.test", [](const auto&) { return RecordingCouriers::refused(); });
    f.couriers.answer("b.test", [](const auto&) { return RecordingCouriers::refused(); });
    std::vector<std::string> many;
    for (int i = 0; i < 500; ++i) {
        many.push_back("u" + std::to_string(i) + "@a.test");
        many.push_back("u" + std::to_string(i) + "@b.test");
    }
    f.options.ready = 10'000;
    f.put(many);
    f.start();
    REQUIRE(f.settled());
    CHECK(f.queue.count(RecipientState::Failed) == 1000);
    REQUIRE(f.reports().size() == 1);
    CHECK(octetsOf(f.reports()[0]).size() < 600 * 1024);
}

TEST_CASE("a failure does not wait for ever for the others of its message") {
    DeliveryFixture f;
    f.couriers.answer("bad.test", [](const auto&) { return RecordingCouriers::refused(); });
    f.couriers.close("slow.test");
    f.put({"u@bad.test", "u@slow.test"});
    f.start();
    REQUIRE(f.couriers.waitForCalls(2));
    CHECK(f.queue.count(RecipientState::Failed) == 0);
    // the keeper's next round finds that it has waited long enough
    while (f.queue.count(RecipientState::Failed) == 0)
        f.clock.advance(std::chrono::seconds{31});
    CHECK(f.reports().size() == 1);
    f.couriers.open("slow.test");
    REQUIRE(f.settled());
    CHECK(f.queue.count(RecipientState::Delivered) >= 1);
}

TEST_CASE("recipients that were deferred together come back together, in one transaction again") {
    DeliveryFixture f;
    f.couriers.answer("a.test", [](const auto&) { return RecordingCouriers::busy(); });
    std::vector<std::string> ten;
    ten.reserve(10);
    for (int i = 0; i < 10; ++i)
        ten.push_back("u" + std::to_string(i) + "@a.test");
    f.put(ten);
    f.start();
    REQUIRE(f.settled());
    std::set<WallTime> times;
    for (const auto& row : f.queue.rows())
        times.insert(row.nextAttempt);
    CHECK(times.size() == 1);
    f.clock.advance(std::chrono::minutes{13});
    f.delivery->wake();
    REQUIRE(f.settled());
    REQUIRE(f.couriers.calls().size() == 2);
    CHECK(f.couriers.calls()[1].recipients.size() == 10);
}

TEST_CASE("a clock that is set back makes nobody wait for longer than the schedule (ATTACKS 1.4)") {
    for (const auto back : {std::chrono::hours{24}, std::chrono::hours{24 * 365}}) {
        DeliveryFixture f;
        f.couriers.answer("a.test", [](const auto&) { return RecordingCouriers::busy(); });
        f.put({"u@a.test"});
        f.start();
        REQUIRE(f.settled());
        REQUIRE(f.couriers.calls().size() == 1);
        f.clock.jumpTo(f.clock.now() - back);
        f.clock.advance(std::chrono::minutes{1});
        REQUIRE(f.couriers.waitForCalls(2));
        REQUIRE(f.settled());
        CHECK(f.log.count("brought-forward") == 1);
        for (const auto& row : f.queue.rows()) {
            CHECK(row.state == RecipientState::Pending);
            CHECK(row.nextAttempt <= f.clock.now() + std::chrono::minutes{13});
        }
    }
}

TEST_CASE("a clock that is set forward by a day expires nothing at once (ATTACKS 1.4)") {
    DeliveryFixture f;
    f.options.giveUpAfter = std::chrono::hours{120};
    f.couriers.answer("a.test", [](const auto&) { return RecordingCouriers::busy(); });
    f.put({"u@a.test"});
    f.start();
    REQUIRE(f.settled());
    f.clock.jumpTo(f.clock.now() + std::chrono::hours{24});
    f.delivery->wake();
    REQUIRE(f.couriers.waitForCalls(2));
    REQUIRE(f.settled());
    CHECK(f.queue.count(RecipientState::Pending) == 1);
    CHECK(f.reports().empty());
}

TEST_CASE("a message that cannot be read is put off, and nobody is told that it failed") {
    DeliveryFixture f;
    f.queue.failLoads = true;
    f.put({"u@a.test"});
    f.start();
    REQUIRE(f.settled());
    CHECK(f.couriers.calls().empty());
    CHECK(f.queue.count(RecipientState::Pending) == 1);
    CHECK(f.queue.rows()[0].status == mail::EnhancedStatus{4, 3, 0});
    CHECK(f.log.count("message-unreadable") == 1);
}

TEST_CASE("an operator's wish is carried out, logged, and ends back-offs") {
    DeliveryFixture f;
    f.couriers.answer("dead.test", [](const auto&) { return RecordingCouriers::nobodyThere(); });
    f.put({"u@dead.test"});
    f.start();
    REQUIRE(f.settled());
    f.couriers.answer("dead.test", [](const auto&) { return RecordingCouriers::delivered(); });
    f.queue.makeDue(f.clock.now());
    f.queue.setActions({{1, "retry", "0123456789abcd", "root", "1 recipient"}});
    REQUIRE(f.settled());
    CHECK(f.queue.count(RecipientState::Delivered) == 1);
    CHECK(f.log.count("verb=retry") == 1);
}

TEST_CASE("what an operator gives up is not tried once more, and its sender is told") {
    DeliveryFixture f;
    auto message = f.message({"u@a.test"});
    message.expiresAt = message.receivedAt - std::chrono::seconds{1};
    REQUIRE(f.queue.put(message));
    f.start();
    REQUIRE(f.queue.waitForSettlements(1));
    CHECK(f.queue.count(RecipientState::Expired) == 1);
    CHECK(callsTo(f, "a.test") == 0);
    REQUIRE(f.reports().size() == 1);
    const std::string report = octetsOf(f.reports()[0]);
    CHECK(report.find("Status: 5.4.7") != std::string::npos);
    CHECK(report.find("an operator of this server gave it up") != std::string::npos);
}

TEST_CASE("where memory fails around an attempt, its recipients are tried again") {
    // The first finds none as it is told, the second as what came of it is.
    for (const std::size_t failures : {std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
        CAPTURE(failures);
        DeliveryFixture f;
        f.options.threads = 1;
        f.journal.failures = failures;
        f.couriers.answer("bad.test", [](const auto&) { return RecordingCouriers::refused(); });
        f.put({"u@good.test"});
        f.put({"u@bad.test"});
        f.start();
        REQUIRE(f.settled());
        REQUIRE(f.delivery->stop(std::chrono::seconds{20}));
        CHECK(f.queue.count(RecipientState::Failed) == 1);
        CHECK(f.reports().size() == 1);
        CHECK(f.log.contains("reason=std::bad_alloc"));
    }
}

TEST_CASE("stop begins nothing, waits for what goes on, and says when that takes too long") {
    DeliveryFixture f;
    f.couriers.close("slow.test");
    f.put({"u@slow.test"});
    f.start();
    REQUIRE(f.couriers.waitForCalls(1));
    CHECK_FALSE(f.delivery->stop(std::chrono::milliseconds{20}));
    f.put({"u@fast.test"});
    f.couriers.open("slow.test");
    CHECK(f.delivery->stop(std::chrono::seconds{20}));
    CHECK(f.queue.count(RecipientState::Delivered) == 1);
    CHECK(callsTo(f, "fast.test") == 0);
}

TEST_CASE("a failure that waits for others is written down at the stop") {
    DeliveryFixture f;
    f.couriers.answer("bad.test", [](const auto&) { return RecordingCouriers::refused(); });
    f.couriers.close("slow.test");
    f.put({"u@bad.test", "u@slow.test"});
    f.start();
    REQUIRE(f.couriers.waitForCalls(2));
    while (f.delivery->stop(std::chrono::milliseconds{1}) ||
           f.queue.count(RecipientState::Failed) == 0) {
    }
    CHECK(f.reports().size() == 1);
    f.couriers.open("slow.test");
}

TEST_CASE("our user hears once that his message is late; a stranger does not") {
    struct Case {
        const char* name;
        const char* user;
        const char* notify;
        std::chrono::seconds warnAfter;
        std::size_t reports;
    };
    using std::chrono::minutes;
    for (const Case& c :
         {Case{"our user", "alice", "", minutes{30}, 1}, Case{"a stranger", "", "", minutes{30}, 0},
          Case{"a stranger who asked", "", "DELAY", minutes{30}, 1},
          Case{"NEVER", "alice", "NEVER", minutes{30}, 0},
          Case{"FAILURE", "alice", "FAILURE", minutes{30}, 0},
          Case{"switched off", "alice", "", minutes{0}, 0}}) {
        CAPTURE(c.name);
        DeliveryFixture f;
        f.options.warnAfter = c.warnAfter;
        f.options.giveUpAfter = std::chrono::hours{10};
        f.couriers.answer("a.test", [](const auto&) { return RecordingCouriers::busy(); });
        auto message = f.message({"u@a.test"});
        message.authUser = c.user;
        if (*c.notify != '\0') {
            message.recipients[0].parameters.notify = mail::notifyFromString(c.notify);
        }
        REQUIRE(f.queue.put(message));
        f.start();
        for (int i = 0; i < 8; ++i) {
            REQUIRE(f.settled());
            f.clock.advance(minutes{15});
            f.delivery->wake();
        }
        REQUIRE(f.settled());
        REQUIRE(f.reports().size() == c.reports);
        if (c.reports == 0) continue;
        CHECK(octetsOf(f.reports()[0]).find("Action: delayed") != std::string::npos);
        CHECK(f.queue.count(RecipientState::Pending) == 1);
    }
}

TEST_CASE("all who are late are in one report, with those who failed meanwhile") {
    DeliveryFixture f;
    f.options.warnAfter = std::chrono::minutes{30};
    f.couriers.answer("a.test", [](const auto&) { return RecordingCouriers::busy(); });
    f.couriers.answer("b.test", [](const auto&) { return RecordingCouriers::nobodyThere(); });
    f.couriers.answer("c.test", [](const auto&) { return RecordingCouriers::refused(); });
    auto message = f.message({"u@a.test", "u@b.test", "u@c.test", "u@d.test"});
    message.authUser = "alice";
    message.receivedAt = f.clock.now() - std::chrono::minutes{30};
    REQUIRE(f.queue.put(message));
    f.start();
    REQUIRE(f.settled());
    REQUIRE(f.reports().size() == 1);
    const std::string report = octetsOf(f.reports()[0]);
    CHECK(report.find("; u@a.test\r\nAction: delayed") != std::string::npos);
    CHECK(report.find("; u@b.test\r\nAction: delayed") != std::string::npos);
    CHECK(report.find("; u@c.test\r\nAction: failed") != std::string::npos);
    CHECK(report.find("u@d.test") == std::string::npos);
}

TEST_CASE("limits and times that a reload changes count for what comes") {
    DeliveryFixture f;
    f.options.warnAfter = {};
    f.start();
    f.put({"u@a.test", "v@a.test", "w@a.test"});
    REQUIRE(f.settled());
    CHECK(callsTo(f, "a.test") == 1);

    auto changed = f.options;
    changed.maxRecipients = 1;
    changed.perDestination = 1;
    changed.warnAfter = std::chrono::minutes{5};
    f.delivery->use(changed);
    f.couriers.answer("b.test", [](const auto&) { return RecordingCouriers::busy(); });
    auto message = f.message({"u@b.test", "v@b.test", "w@b.test"});
    message.authUser = "alice@sender.test";
    REQUIRE(f.queue.put(message));
    f.delivery->wake();
    REQUIRE(f.settled());
    CHECK(callsTo(f, "b.test") == 3);
    CHECK(f.couriers.mostAtOnce("b.test") == 1);
    CHECK(f.reports().empty());
    for (int i = 0; i < 3 && f.reports().empty(); ++i) {
        f.clock.advance(std::chrono::minutes{13});
        f.delivery->wake();
        REQUIRE(f.settled());
    }
    REQUIRE_FALSE(f.reports().empty());
    CHECK(octetsOf(f.reports()[0]).find("Action: delayed") != std::string::npos);
}

TEST_CASE("the time until a release is no delay (RFC 4865)") {
    DeliveryFixture f;
    f.options.warnAfter = std::chrono::minutes{30};
    f.couriers.answer("a.test", [](const auto&) { return RecordingCouriers::busy(); });
    auto message = f.message({"u@a.test"});
    message.authUser = "alice";
    message.receivedAt = f.clock.now() - std::chrono::hours{48};
    message.releaseAt = f.clock.now();
    REQUIRE(f.queue.put(message));
    f.start();
    REQUIRE(f.settled());
    CHECK(f.couriers.calls().size() == 1);
    CHECK(f.reports().empty());
}

TEST_CASE("what waits for its destination's back-off was not tried, and is written down so") {
    DeliveryFixture f;
    f.options.perDestination = 1;
    f.couriers.answer("dead.test", [](const auto&) { return RecordingCouriers::nobodyThere(); });
    f.put({"u@dead.test"});
    f.put({"v@dead.test"});
    f.start();
    REQUIRE(f.settled());
    std::multiset<bool> tried;
    for (const auto& settlement : f.queue.settlements())
        tried.insert(settlement.outcomes.at(0).tried);
    CHECK(tried == std::multiset<bool>{false, true});
}

}  // namespace postrider::test
