#include "server/journal/mail_log.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/recording_journal.h"
#include "tests/support/recording_log.h"

#include <doctest.h>
#include <functional>
#include <string>
#include <vector>

namespace postrider::journal {

namespace {

mail::SessionFacts session() {
    return {.id = "0session000001",
            .client = *Endpoint::parse("192.0.2.1:4711"),
            .tls = {},
            .ehlo = {},
            .user = {}};
}

struct World {
    test::FakeClock clock;
    test::FakeRandom random;
    test::RecordingLog log;
    Metrics metrics;
    test::RecordingJournal journal;
    MailLog mailLog{log, metrics, journal};
    mail::SessionFacts facts = session();
    mail::QueueId id = mail::QueueId::make(clock.now(), random);
    mail::ReversePath from = *mail::ReversePath::fromString("alice@example.test");

    [[nodiscard]] std::uint64_t events(const std::string& event) {
        return metrics.counter("postrider_events", "", {"event", event}).value();
    }
    [[nodiscard]] DeliveryEvent delivery() const {
        return {.id = id,
                .from = from,
                .to = "team@example.test",
                .finalTo = "bob@example.net",
                .courier = "smtp",
                .nextHop = "example.net",
                .relay = "mx.example.net[192.0.2.7]:25",
                .status = "2.0.0",
                .diagnostic = "250 2.0.0 Ok",
                .took = std::chrono::milliseconds{1042},
                .delay = std::chrono::seconds{3},
                .attempt = 2,
                .next = "2026-11-21T12:15:00Z"};
    }
    [[nodiscard]] std::string onlyLine() const {
        REQUIRE(log.lines().size() == 1);
        CHECK(log.lines()[0].severity == Severity::Info);
        return log.lines()[0].text;
    }
    [[nodiscard]] Decision onlyDecision() const {
        REQUIRE(journal.decisions().size() == 1);
        return journal.decisions()[0];
    }
};

std::string inputOf(const Decision& decision, const std::string& name) {
    for (const auto& [key, value] : decision.inputs) {
        if (key == name) return value;
    }
    return "(absent)";
}

}  // namespace

TEST_CASE("each life event writes one line that begins with its name, and counts one") {
    struct Case {
        std::string event;
        std::function<void(World&)> call;
    };
    const mail::Reply no{550, mail::EnhancedStatus{5, 1, 1}, "No such mailbox"};
    const std::vector<Case> cases{
        {"connected", [](World& w) { w.mailLog.connected(w.facts); }},
        {"refused", [](World& w) { w.mailLog.refused(w.facts, "full"); }},
        {"authenticated", [](World& w) { w.mailLog.authenticated(w.facts, "PLAIN"); }},
        {"auth-failed", [](World& w) { w.mailLog.authFailed(w.facts, "x", "wrong"); }},
        {"rejected", [&](World& w) { w.mailLog.rejected(w.facts, Step::Rcpt, "x", no, "none"); }},
        {"queued", [](World& w) { w.mailLog.queued(w.facts, w.id, {}, 1); }},
        {"attempt", [](World& w) { w.mailLog.attempt(w.delivery()); }},
        {"delivered", [](World& w) { w.mailLog.delivered(w.delivery()); }},
        {"deferred", [](World& w) { w.mailLog.deferred(w.delivery()); }},
        {"failed", [](World& w) { w.mailLog.failed(w.delivery()); }},
        {"expired", [](World& w) { w.mailLog.expired(w.delivery()); }},
        {"dsn-queued", [](World& w) { w.mailLog.dsnQueued(w.id, w.id, "x"); }},
        {"held", [](World& w) { w.mailLog.action("hold", "x", "root", "done"); }},
        {"released", [](World& w) { w.mailLog.action("released", "x", "root", "done"); }},
        {"removed", [](World& w) { w.mailLog.action("remove", "x", "root", "done"); }},
        {"action", [](World& w) { w.mailLog.action("retry", "x", "root", "done"); }},
        {"disconnected",
         [](World& w) { w.mailLog.disconnected(w.facts, std::chrono::seconds{1}, 0, "QUIT"); }},
    };
    for (const auto& c : cases) {
        CAPTURE(c.event);
        World world;
        CHECK(world.events(c.event) == 0);
        c.call(world);
        CHECK(world.onlyLine().starts_with(c.event + " "));
        CHECK(world.events(c.event) == 1);
        CHECK(world.journal.decisions().size() == (c.event == "dsn-queued" ? 2 : 1));
    }
}

TEST_CASE("every event is in the metrics before it happens for the first time") {
    World world;
    const std::string text = world.metrics.openMetrics();
    for (const std::string event : {"connected", "queued", "expired", "disconnected"})
        CHECK(text.find("postrider_events_total{event=\"" + event + "\"} 0\n") !=
              std::string::npos);
}

TEST_CASE("a delivery is told with its keys in the fixed order") {
    World world;
    world.mailLog.delivered(world.delivery());
    CHECK(world.onlyLine() ==
          "delivered id=" + world.id.toString() +
              " from=alice@example.test to=team@example.test relay=mx.example.net[192.0.2.7]:25"
              " status=2.0.0 delay=3 final=bob@example.net courier=smtp next_hop=example.net"
              " attempt=2 next=2026-11-21T12:15:00Z diagnostic=\"250 2.0.0 Ok\"");
    const Decision decision = world.onlyDecision();
    CHECK((decision.step == Step::Settle));
    CHECK(decision.outcome == "delivered");
    CHECK(decision.queueId == world.id.toString());
    CHECK(decision.address == "team@example.test");
    CHECK(decision.reason == "2.0.0 250 2.0.0 Ok");
    CHECK(inputOf(decision, "final") == "bob@example.net");
    CHECK(inputOf(decision, "relay") == "mx.example.net[192.0.2.7]:25");
}

TEST_CASE("an attempt tells how long it took; its outcome follows the class of the status") {
    struct Case {
        std::string status;
        std::string outcome;
    };
    for (const auto& c : std::vector<Case>{
             {"2.0.0", "delivered"}, {"4.4.1", "deferred"}, {"5.1.1", "failed"}, {"", "started"}}) {
        CAPTURE(c.status);
        World world;
        DeliveryEvent event = world.delivery();
        event.status = c.status;
        world.mailLog.attempt(event);
        CHECK(world.onlyLine().ends_with(" attempt=2 took=1.042"));
        CHECK((world.onlyDecision().step == Step::Attempt));
        CHECK(world.onlyDecision().outcome == c.outcome);
    }
}

TEST_CASE("a queued message is told with envelope, size and session; the null reverse-path is <>") {
    World world;
    world.facts.user = "alice@example.test";
    world.facts.tls = mail::TlsFacts{"TLSv1.3", "TLS_AES_256_GCM_SHA384"};
    mail::Envelope envelope;
    for (int i = 0; i < 30; ++i) {
        const std::string to = "r" + std::to_string(i) + "@example.net";
        envelope.recipients.push_back({*mail::ForwardPath::fromString(to), {}});
    }
    world.mailLog.queued(world.facts, world.id, envelope, 1234);
    const std::string line = world.onlyLine();
    CHECK(line.starts_with("queued id=" + world.id.toString() + " from=<> to=r0@example.net,r1@"));
    CHECK(line.find("r19@example.net,... recipients=30 size=1234 session=0session000001"
                    " client=192.0.2.1:4711 user=alice@example.test tls=TLSv1.3") !=
          std::string::npos);
    const Decision decision = world.onlyDecision();
    CHECK(decision.address.empty());
    CHECK(decision.sessionId == "0session000001");
    CHECK(decision.clientIp == "192.0.2.1");
    CHECK(inputOf(decision, "user") == "alice@example.test");
}

TEST_CASE("a rejection keeps our reply and the reason behind it apart") {
    World world;
    world.facts.ehlo = mail::EhloName::from("client.example.net");
    const mail::Reply no{550, mail::EnhancedStatus{5, 1, 1}, "No such mailbox"};
    world.mailLog.rejected(world.facts, Step::Rcpt, "nobody@example.test", no, "not in users");
    CHECK(world.onlyLine() ==
          "rejected status=5.1.1 session=0session000001 client=192.0.2.1:4711 step=rcpt"
          " address=nobody@example.test reply=\"550 5.1.1 No such mailbox\" reason=\"not in"
          " users\"");
    const Decision decision = world.onlyDecision();
    CHECK((decision.step == Step::Rcpt));
    CHECK(decision.outcome == "refused");
    CHECK(decision.reason == "not in users");
    CHECK(inputOf(decision, "reply") == "550 5.1.1 No such mailbox");
    CHECK(inputOf(decision, "ehlo") == "client.example.net");
}

TEST_CASE("what a client says cannot begin a second log line or forge a key") {
    World world;
    world.mailLog.authFailed(world.facts, "x\r\ndelivered id=1", "wrong \x1b[31m password");
    const std::string line = world.onlyLine();
    CHECK(line.find_first_of("\r\n\x1b") == std::string::npos);
    CHECK(line.find("user=\"x\\") != std::string::npos);
}

TEST_CASE("an operator's wish for a message is in that message's story, another names its target") {
    World world;
    SUBCASE("message") {
        world.mailLog.action("hold", world.id.toString(), "root", "2 recipients");
        CHECK(world.onlyLine() ==
              "held verb=hold target=" + world.id.toString() + " by=root result=\"2 recipients\"");
        CHECK(world.onlyDecision().queueId == world.id.toString());
        CHECK(world.onlyDecision().outcome == "held");
    }
    SUBCASE("expire is not yet the end of a recipient") {
        world.mailLog.action("expire", world.id.toString(), "root", "1 recipient given up");
        CHECK(world.onlyLine().starts_with("action verb=expire "));
        CHECK(world.onlyDecision().outcome == "expire");
    }
    SUBCASE("destination") {
        world.mailLog.action("flush", "example.net", "root", "7 recipients");
        CHECK(world.onlyDecision().queueId.empty());
        CHECK(world.onlyDecision().outcome == "flush");
        CHECK(inputOf(world.onlyDecision(), "target") == "example.net");
    }
}

TEST_CASE("every step has a name of its own") {
    std::vector<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(Step::Disconnect); ++i) {
        const auto name = toString(static_cast<Step>(i));
        CHECK_FALSE(name.empty());
        CHECK(std::find(names.begin(), names.end(), name) == names.end());
        names.push_back(name);
    }
    CHECK(names.size() == 16);
}

}  // namespace postrider::journal
