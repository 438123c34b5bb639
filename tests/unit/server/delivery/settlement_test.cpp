#include "tests/unit/server/delivery/delivery_fixture.h"

#include <doctest/doctest.h>

namespace postrider::test {

using delivery::Decided;
using queue::RecipientState;

namespace {

struct Bench : DeliveryFixture {
    delivery::Settlement settlement{options, {queue, router, mailLog, log, clock, random}};

    /// What delivery would have read of the message's first `count` recipients.
    std::vector<Decided> decided(RecipientState state, const plugin::DeliveryOutcome& outcome) {
        std::vector<Decided> all;
        for (const auto& row : queue.rows()) {
            all.push_back({row.recipient, outcome, state, clock.now(), std::chrono::milliseconds{5},
                           clock.now() + std::chrono::minutes{10}});
        }
        return all;
    }
    bool settle(const mail::QueueId& id, std::vector<Decided> what) {
        return settlement.settle(*queue.load(id), std::move(what), {}) !=
               delivery::Settlement::Written::Nothing;
    }
};

}  // namespace

TEST_CASE(
    "a failure and its report are one settlement; the report is from <> to the reverse-path only "
    "(RFC 3461 6.1, D-008, S-056)") {
    Bench bench;
    const auto id = bench.put({"bob@remote.test"});
    CHECK(bench.settle(id, bench.decided(RecipientState::Failed, RecordingCouriers::refused())));
    const auto settlements = bench.queue.settlements();
    REQUIRE(settlements.size() == 1);
    REQUIRE(settlements[0].dsn);
    const queue::NewMessage& dsn = *settlements[0].dsn;
    CHECK(dsn.reversePath.isNull());
    CHECK(dsn.listener == "dsn");
    REQUIRE(dsn.recipients.size() == 1);
    CHECK(dsn.recipients[0].final.toString() == "alice@sender.test");
    CHECK(dsn.recipients[0].nextHop == "sender.test");
    CHECK(dsn.expiresAt > bench.clock.now());
    CHECK(octetsOf(dsn).find("Status: 5.1.1") != std::string::npos);
    CHECK(bench.log.count("failed id=" + id.toString()) == 1);
    CHECK(bench.log.count("dsn-queued") == 1);
    CHECK(bench.journal.count(journal::Step::Settle, "failed") == 1);
}

TEST_CASE("one report tells of all failed recipients of a settlement (RFC 5321 6.1, D-015)") {
    Bench bench;
    std::vector<std::string> hundred;
    hundred.reserve(100);
    for (int i = 0; i < 100; ++i)
        hundred.push_back("u" + std::to_string(i) + "@remote.test");
    const auto id = bench.put(hundred);
    CHECK(bench.settle(id, bench.decided(RecipientState::Failed, RecordingCouriers::refused())));
    REQUIRE(bench.reports().size() == 1);
    CHECK(octetsOf(bench.reports()[0]).find("u99@remote.test") != std::string::npos);
}

TEST_CASE(
    "no report is written for the null reverse-path and NOTIFY without FAILURE (RFC 5321 4.5.5, "
    "RFC 3461 5.2, D-007)") {
    struct Case {
        const char* name = "";
        const char* from = "";
        std::optional<std::set<mail::NotifyOn>> notify;
        std::size_t reports = 0;
    };
    using mail::NotifyOn;
    const Case cases[] = {
        {"null reverse-path", "", std::nullopt, 0},
        {"null, NOTIFY=FAILURE", "", {{NotifyOn::Failure}}, 0},
        {"default", "alice@sender.test", std::nullopt, 1},
        {"NEVER", "alice@sender.test", std::set<NotifyOn>{}, 0},
        {"SUCCESS", "alice@sender.test", {{NotifyOn::Success}}, 0},
        {"FAILURE,DELAY", "alice@sender.test", {{NotifyOn::Failure, NotifyOn::Delay}}, 1},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Bench bench;
        auto message = bench.message({"bob@remote.test"}, c.from);
        message.recipients[0].parameters.notify = c.notify;
        REQUIRE(bench.queue.put(message));
        CHECK(bench.settle(message.id,
                           bench.decided(RecipientState::Failed, RecordingCouriers::refused())));
        CHECK(bench.reports().size() == c.reports);
        CHECK(bench.queue.count(RecipientState::Failed) == 1);
        CHECK(bench.journal.count(journal::Step::Dsn, "unwanted") == 1 - c.reports);
    }
}

TEST_CASE("each end of an attempt has its life event") {
    struct Case {
        RecipientState state = RecipientState::Pending;
        plugin::DeliveryOutcome outcome;
        const char* event = "";
    };
    const Case cases[] = {
        {RecipientState::Delivered, RecordingCouriers::delivered(), "delivered id="},
        {RecipientState::Failed, RecordingCouriers::refused(), "failed id="},
        {RecipientState::Expired, RecordingCouriers::busy(), "expired id="},
        {RecipientState::Pending, RecordingCouriers::busy(), "deferred id="},
    };
    for (const Case& c : cases) {
        CAPTURE(c.event);
        Bench bench;
        const auto id = bench.put({"bob@remote.test"});
        CHECK(bench.settle(id, bench.decided(c.state, c.outcome)));
        CHECK(bench.log.count(c.event + id.toString()) == 1);
        CHECK(bench.queue.rows()[0].state == c.state);
        CHECK(bench.queue.rows()[0].diagnostic == c.outcome.diagnostic);
    }
}

TEST_CASE(
    "a report that cannot be routed now keeps the failure pending, one that never can is dropped") {
    using routing::RouteFault;
    struct Case {
        RouteFault fault;
        RecipientState state;
    };
    for (const Case& c : {Case{RouteFault::TemporaryFailure, RecipientState::Pending},
                          Case{RouteFault::UnknownUser, RecipientState::Failed},
                          Case{RouteFault::AliasLoop, RecipientState::Failed}}) {
        Bench bench;
        bench.router.faults["alice@sender.test"] = {c.fault, "because"};
        const auto id = bench.put({"bob@remote.test"});
        CHECK(
            bench.settle(id, bench.decided(RecipientState::Failed, RecordingCouriers::refused())));
        CHECK(bench.reports().empty());
        REQUIRE(bench.queue.rows()[0].state == c.state);
        if (c.state == RecipientState::Pending) {
            CHECK(bench.queue.rows()[0].nextAttempt > bench.clock.now());
        }
        CHECK(bench.log.count("dsn-not-routed") == 1);
    }
}

TEST_CASE("what cannot be written down is written again, or left alone at the stop") {
    Bench bench;
    const auto id = bench.put({"bob@remote.test"});
    bench.queue.refuseSettles = 1;
    CHECK(
        bench.settle(id, bench.decided(RecipientState::Delivered, RecordingCouriers::delivered())));
    CHECK(bench.queue.settlements().size() == 1);
    CHECK(bench.log.count("settle-failed") == 1);
    CHECK(bench.log.count("delivered id=") == 1);

    std::stop_source stop;
    stop.request_stop();
    bench.queue.refuseSettles = 1;
    const auto written = bench.settlement.settle(
        *bench.queue.load(id),
        bench.decided(RecipientState::Delivered, RecordingCouriers::delivered()), stop.get_token());
    CHECK((written == delivery::Settlement::Written::Nothing));
    CHECK(bench.log.count("delivered id=") == 1);
}

TEST_CASE(
    "a success is reported when it was asked for and the next hop does not do it (RFC 3461 5.2.1, "
    "5.2.2; D-006, D-007)") {
    using mail::NotifyOn;
    using plugin::Reach;
    struct Case {
        const char* name = "";
        const char* from = "";
        std::optional<std::set<NotifyOn>> notify;
        Reach reach = Reach::Final;
        const char* action = nullptr;  ///< none: no report
    };
    const std::set<NotifyOn> success{NotifyOn::Success};
    const Case cases[] = {
        {"in the mailbox", "alice@sender.test", success, Reach::Final, "delivered"},
        {"to a host without DSN", "alice@sender.test", success, Reach::Relayed, "relayed"},
        {"to a host with DSN", "alice@sender.test", success, Reach::RelayedWithDsn, nullptr},
        {"default", "alice@sender.test", std::nullopt, Reach::Relayed, nullptr},
        {"NEVER", "alice@sender.test", std::set<NotifyOn>{}, Reach::Final, nullptr},
        {"FAILURE", "alice@sender.test", {{NotifyOn::Failure}}, Reach::Final, nullptr},
        {"null reverse-path", "", success, Reach::Final, nullptr},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Bench bench;
        auto message = bench.message({"bob@remote.test"}, c.from);
        message.parameters.envid = "E1";
        message.recipients[0].parameters = {c.notify, {{"rfc822", "Bob@list.test"}}};
        REQUIRE(bench.queue.put(message));
        auto outcome = RecordingCouriers::delivered();
        outcome.reach = c.reach;
        CHECK(bench.settle(message.id, bench.decided(RecipientState::Delivered, outcome)));
        REQUIRE(bench.reports().size() == (c.action == nullptr ? 0 : 1));
        if (c.action == nullptr) continue;
        CHECK(bench.queue.settlements().at(0).dsn.has_value());
        const std::string octets = octetsOf(bench.reports()[0]);
        CHECK(octets.find(std::string{"Action: "} + c.action + "\r\n") != std::string::npos);
        CHECK(octets.find("Original-Envelope-Id: E1\r\n") != std::string::npos);
        CHECK(octets.find("Original-Recipient: rfc822;Bob@list.test\r\n") != std::string::npos);
        CHECK(bench.reports()[0].reversePath.isNull());
        CHECK(bench.reports()[0].recipients.at(0).parameters.notify == std::set<NotifyOn>{});
    }
}

TEST_CASE("a success whose report cannot be routed now is settled all the same") {
    Bench bench;
    bench.router.faults["alice@sender.test"] = {routing::RouteFault::TemporaryFailure, "because"};
    auto message = bench.message({"bob@remote.test"});
    message.recipients[0].parameters.notify = {{mail::NotifyOn::Success}};
    REQUIRE(bench.queue.put(message));
    CHECK(bench.settle(message.id,
                       bench.decided(RecipientState::Delivered, RecordingCouriers::delivered())));
    CHECK(bench.queue.count(RecipientState::Delivered) == 1);
    CHECK(bench.reports().empty());
}

TEST_CASE("a warning that cannot be routed now is not taken for given") {
    for (const bool routed : {true, false}) {
        CAPTURE(routed);
        Bench bench;
        if (!routed) {
            bench.router.faults["alice@sender.test"] = {routing::RouteFault::TemporaryFailure, "x"};
        }
        const auto id = bench.put({"bob@remote.test"});
        auto late = bench.decided(RecipientState::Pending, RecordingCouriers::busy());
        late.at(0).late = true;
        CHECK(bench.settle(id, late));
        CHECK(bench.queue.rows().at(0).recipient.warned == routed);
        CHECK(bench.reports().size() == (routed ? 1 : 0));
        if (routed) {
            CHECK(octetsOf(bench.reports()[0]).find("Action: delayed") != std::string::npos);
        }
    }
}

TEST_CASE("that an alias was expanded is told to the reverse-path") {
    Bench bench;
    const delivery::ReportWriter reports{"mx.example.test",
                                         std::chrono::hours{1},
                                         {bench.router, bench.log, bench.clock, bench.random}};
    const auto message = bench.message({"bob@remote.test"});
    const auto report = reports.writeExpansion(
        message, {{forwardPath("all@remote.test"), {{}, {{"rfc822", "All@remote.test"}}}}});
    REQUIRE(report);
    CHECK(report->reversePath.isNull());
    CHECK(report->recipients.at(0).final.toString() == "alice@sender.test");
    const std::string octets = octetsOf(*report);
    CHECK(octets.find("Final-Recipient: rfc822; all@remote.test\r\nAction: expanded\r\n") !=
          std::string::npos);
    CHECK(octets.find("Original-Recipient: rfc822;All@remote.test\r\n") != std::string::npos);

    bench.router.faults["alice@sender.test"] = {routing::RouteFault::UnknownUser, "x"};
    CHECK_FALSE(reports.writeExpansion(message, {{forwardPath("all@remote.test"), {}}}));
}

}  // namespace postrider::test
