#include "server/queue/queue_store.h"
#include "tests/unit/server/queue/queue_setting.h"

#include <chrono>
#include <doctest/doctest.h>
#include <string>

namespace postrider::queue {

using namespace std::chrono_literals;
using postrider::test::QueueSetting;

TEST_CASE("each outcome becomes its state, and an attempt is written down (RFC 5321 6.1, C-014)") {
    struct Case {
        const char* word;
        const char* outcome;
        RecipientState state;
        bool finished;
    };
    const Case cases[] = {{"pending", "deferred", RecipientState::Pending, false},
                          {"delivered", "delivered", RecipientState::Delivered, true},
                          {"failed", "failed", RecipientState::Failed, true},
                          {"expired", "expired", RecipientState::Expired, true}};
    for (const Case& c : cases) {
        CAPTURE(c.word);
        QueueSetting setting;
        const auto message = setting.message();
        REQUIRE(setting.put(message));
        REQUIRE(setting.settle(setting.due()[0], c.state));
        CHECK(setting.text("SELECT state FROM queue_recipients") == c.word);
        CHECK(setting.text("SELECT outcome || took_ms || diagnostic FROM queue_attempts") ==
              std::string{c.outcome} + "12said so");
        CHECK(setting.number("SELECT attempts FROM queue_recipients") == 1);
        CHECK(setting.store->load(message.id).has_value() == !c.finished);
        CHECK(setting.number("SELECT count(*) FROM content") == (c.finished ? 0 : 1));
        CHECK(setting.number("SELECT count(*) FROM queue") == (c.finished ? 0 : 1));
        CHECK(setting.store->totals().messages == (c.finished ? 0U : 1U));
    }
}

TEST_CASE("a deferred recipient is due again at its next attempt, with its attempts counted") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message()));
    REQUIRE(setting.settle(setting.due()[0], RecipientState::Pending));
    CHECK(setting.due().empty());
    CHECK(setting.store->nextDue() == setting.clock.now() + 5min);
    setting.clock.advance(5min);
    REQUIRE(setting.due().size() == 1);
    CHECK(setting.due()[0].attempts == 1);
}

TEST_CASE("only the last settled recipient ends the message") {
    QueueSetting setting;
    const auto message = setting.message({"a@example.org", "b@example.org", "c@example.org"});
    REQUIRE(setting.put(message));
    const auto due = setting.due();
    Settlement two{.id = message.id,
                   .outcomes = {setting.outcome(due[0], RecipientState::Delivered),
                                setting.outcome(due[1], RecipientState::Failed)},
                   .dsn = {}};
    REQUIRE(setting.store->settle(two));
    CHECK(setting.store->load(message.id));
    CHECK(setting.text("SELECT state || waiting FROM queue") == "pending1");
    REQUIRE(setting.settle(due[2], RecipientState::Expired));
    CHECK_FALSE(setting.store->load(message.id));
}

TEST_CASE("the DSN is queued with the outcome that causes it, or neither is (RFC 3461 4)") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message()));
    const DueRecipient recipient = setting.due()[0];
    auto dsn = setting.message({"alice@example.test"}, "Subject: returned\r\n\r\n");
    dsn.reversePath = {};
    Settlement settlement{.id = recipient.id,
                          .outcomes = {setting.outcome(recipient, RecipientState::Failed)},
                          .dsn = dsn};
    SUBCASE("both") {
        REQUIRE(setting.store->settle(settlement));
        CHECK(setting.store->load(dsn.id));
        CHECK(setting.due().size() == 1);
        CHECK(setting.store->totals().messages == 1);
    }
    SUBCASE("neither: its id is taken") {
        settlement.dsn->id = recipient.id;
        CHECK_FALSE(setting.store->settle(settlement));
        CHECK(setting.text("SELECT state FROM queue_recipients") == "pending");
        CHECK(setting.number("SELECT count(*) FROM attempt") == 0);
        CHECK(setting.store->totals().messages == 1);
    }
    SUBCASE("a full queue still takes our own notifications") {
        QueueSetting small{1};
        REQUIRE(small.put(small.message()));
        const DueRecipient only = small.due()[0];
        REQUIRE(small.store->settle({.id = only.id,
                                     .outcomes = {small.outcome(only, RecipientState::Failed)},
                                     .dsn = small.message()}));
        CHECK(small.store->totals().messages == 1);
    }
}

TEST_CASE("an operator's wish wins over an outcome, except that delivered is delivered") {
    struct Case {
        const char* wish;
        const char* state;
        RecipientState outcome;
        bool dsn;
    };
    const Case cases[] = {{"hold", "held", RecipientState::Pending, false},
                          {"hold", "held", RecipientState::Failed, false},
                          {"hold", "delivered", RecipientState::Delivered, true},
                          {"remove", "removed", RecipientState::Failed, false},
                          {"remove", "delivered", RecipientState::Delivered, true}};
    for (const Case& c : cases) {
        CAPTURE(c.wish);
        CAPTURE(c.state);
        QueueSetting setting;
        const auto message = setting.message();
        REQUIRE(setting.put(message));
        const DueRecipient inFlight = setting.due()[0];
        setting.byHand()
            .prepare("INSERT INTO action (verb, queue_id) VALUES (?, ?)")
            .bind(1, c.wish)
            .bind(2, message.id.toString())
            .run();
        REQUIRE(setting.store->carryOutActions().size() == 1);
        const auto dsn = setting.message({"alice@example.test"});
        REQUIRE(setting.store->settle(
            {.id = message.id, .outcomes = {setting.outcome(inFlight, c.outcome)}, .dsn = dsn}));
        CHECK(setting.text("SELECT state FROM queue_recipients WHERE queue_id = '" +
                           message.id.toString() + "'") == c.state);
        CHECK(setting.store->load(dsn.id).has_value() == c.dsn);
        CHECK(setting.number("SELECT count(*) FROM attempt") == 1);
    }
}

TEST_CASE("outcomes for a recipient of another message, or of none, change nothing") {
    QueueSetting setting;
    const auto first = setting.message();
    const auto second = setting.message();
    REQUIRE(setting.put(first));
    REQUIRE(setting.put(second));
    auto due = setting.due();
    std::swap(due[0].id, due[1].id);
    REQUIRE(setting.settle(due[0], RecipientState::Delivered));
    due[0].id = setting.message().id;
    REQUIRE(setting.settle(due[0], RecipientState::Delivered));
    CHECK(setting.number("SELECT count(*) FROM recipient WHERE state = 'pending'") == 2);
    CHECK(setting.number("SELECT count(*) FROM attempt") == 0);
}

TEST_CASE("settling twice is settling once") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message()));
    const DueRecipient recipient = setting.due()[0];
    REQUIRE(setting.settle(recipient, RecipientState::Delivered));
    REQUIRE(setting.settle(recipient, RecipientState::Failed));
    CHECK(setting.text("SELECT state FROM queue_recipients") == "delivered");
    CHECK(setting.store->totals().messages == 0);
}

TEST_CASE("history is kept as long as told, then purged with all that hangs on it") {
    QueueSetting setting;
    const auto finished = setting.message();
    REQUIRE(setting.put(finished));
    REQUIRE(setting.settle(setting.due()[0], RecipientState::Delivered));
    const auto waiting = setting.message();
    REQUIRE(setting.put(waiting));
    setting.clock.advance(29 * 24h);
    setting.store->purgeHistory();
    CHECK(setting.number("SELECT count(*) FROM message") == 2);
    setting.clock.advance(2 * 24h);
    setting.store->purgeHistory();
    CHECK(setting.text("SELECT queue_id FROM message") == waiting.id.toString());
    CHECK(setting.number("SELECT count(*) FROM recipient") == 1);
    CHECK(setting.number("SELECT count(*) FROM attempt") == 0);
    CHECK(setting.store->load(waiting.id));
}

TEST_CASE("purging goes on until nothing old is left") {
    QueueSetting setting{10'000};
    for (int i = 0; i < 30; ++i) {
        REQUIRE(setting.put(setting.message({"a@x.example", "b@x.example"})));
    }
    const auto due = setting.due(1000);
    for (const DueRecipient& recipient : due) {
        REQUIRE(setting.settle(recipient, RecipientState::Delivered));
    }
    setting.byHand().execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)"
        " INSERT INTO message SELECT NULL, printf('%014d', i), '', 1, 1, 1, 0, '7BIT', 0, 0, NULL,"
        " NULL, '', '', '', '', '', NULL FROM n");
    setting.clock.advance(31 * 24h);
    setting.store->purgeHistory();
    CHECK(setting.number("SELECT count(*) FROM message") == 0);
    CHECK(setting.number("SELECT count(*) FROM recipient") == 0);
}

TEST_CASE("a turn at which nothing was tried moves the recipient on and is no attempt") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message()));
    const DueRecipient recipient = setting.due()[0];
    auto outcome = setting.outcome(recipient, RecipientState::Pending);
    outcome.tried = false;
    REQUIRE(setting.store->settle({.id = recipient.id, .outcomes = {outcome}, .dsn = {}}));
    CHECK(setting.number("SELECT count(*) FROM queue_attempts") == 0);
    CHECK(setting.text("SELECT attempts || diagnostic FROM queue_recipients") == "1said so");
    CHECK(setting.due().empty());
}

TEST_CASE("a warning is remembered, beside its report") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message()));
    const DueRecipient recipient = setting.due()[0];
    CHECK_FALSE(recipient.warned);
    auto outcome = setting.outcome(recipient, RecipientState::Pending);
    outcome.warned = true;
    REQUIRE(setting.store->settle({.id = recipient.id, .outcomes = {outcome}, .dsn = {}}));
    CHECK(setting.text("SELECT warned FROM queue_recipients") == "2026-11-21T12:00:00Z");
    setting.clock.advance(5min);
    CHECK(setting.due().at(0).warned);
    // the next outcome does not forget it
    REQUIRE(setting.settle(setting.due()[0], RecipientState::Pending));
    CHECK(setting.text("SELECT warned FROM queue_recipients") == "2026-11-21T12:00:00Z");
}

}  // namespace postrider::queue
