#include "server/journal/explain.h"

#include "server/journal/journal_file.h"
#include "server/journal/mail_log.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/recording_journal.h"
#include "tests/support/temp_dir.h"

#include <doctest.h>
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

/// A journal filled through the MailLog, as in the server.
struct Told {
    test::TempDir dir;
    test::FakeClock clock;
    test::FakeRandom random;
    NullLog log;
    Metrics metrics;
    test::RecordingJournal journal;
    MailLog mailLog{log, metrics, journal};
    JournalReader reader{dir / "journal.db"};
    mail::SessionFacts facts = session();
    mail::QueueId id = mail::QueueId::make(clock.now(), random);
    mail::ReversePath from = *mail::ReversePath::fromString("alice@example.test");

    void queueOne() {
        mail::Envelope envelope{.reversePath = from, .parameters = {}, .recipients = {}};
        envelope.recipients.push_back({*mail::ForwardPath::fromString("bob@example.net"), {}});
        mailLog.connected(facts);
        mailLog.queued(facts, id, envelope, 1234);
        mailLog.disconnected(facts, std::chrono::milliseconds{1500}, 1, "QUIT");
    }
    [[nodiscard]] DeliveryEvent delivery(std::string status) const {
        return {.id = id,
                .from = from,
                .to = "bob@example.net",
                .finalTo = "",
                .courier = "smtp",
                .nextHop = "example.net",
                .relay = "mx.example.net[192.0.2.7]",
                .status = std::move(status),
                .diagnostic = "said so",
                .next = ""};
    }
    void write() {
        std::vector<DatedDecision> all;
        for (auto& decision : journal.decisions()) {
            all.push_back({clock.now(), decision});
            clock.advance(std::chrono::seconds{1});
        }
        JournalFile{dir / "journal.db", {}}.append(all);
    }
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the story of a message goes from the connection to what became of the recipient") {
    Told world;
    world.queueOne();
    auto later = world.delivery("4.4.1");
    later.next = "2026-11-21T12:15:00Z";
    world.mailLog.attempt(later);
    world.mailLog.deferred(later);
    world.mailLog.attempt(world.delivery("2.0.0"));
    world.mailLog.delivered(world.delivery("2.0.0"));
    world.write();

    const auto story = explain(world.reader, world.id.toString());
    REQUIRE(story.found);
    CAPTURE(story.text);
    CHECK(story.text.starts_with("Message " + world.id.toString() + "\n"));
    CHECK(has(story.text,
              "  2026-11-21T12:00:00.000Z  A client connected from 192.0.2.1 to the smtp port.\n"));
    CHECK(has(story.text, "The message from alice@example.test was queued. (to bob@example.net"));
    CHECK(has(story.text, "was deferred; the next try is at 2026-11-21T12:15:00Z: 4.4.1 said so."));
    CHECK(has(story.text, "Delivered to bob@example.net: 2.0.0 said so."));
    CHECK(has(story.text, "The session ended: QUIT."));
    CHECK(story.text.ends_with("  In the end, bob@example.net: delivered\n"));
    CHECK_FALSE(has(story.text, "waiting, next try"));
}

TEST_CASE("a message that waits is told so, with the time of the next try") {
    Told world;
    world.queueOne();
    SUBCASE("nothing tried yet") {
        world.write();
        CHECK(has(explain(world.reader, world.id.toString()).text,
                  "So far no recipient has been settled."));
    }
    SUBCASE("deferred") {
        auto later = world.delivery("4.4.1");
        later.next = "2026-11-21T12:15:00Z";
        world.mailLog.deferred(later);
        world.write();
        CHECK(has(explain(world.reader, world.id.toString()).text,
                  "In the end, bob@example.net: waiting, next try at 2026-11-21T12:15:00Z\n"));
    }
}

TEST_CASE("address, client and session lead to the same story") {
    Told world;
    world.queueOne();
    world.mailLog.failed(world.delivery("5.1.1"));
    world.write();
    for (const std::string subject : {"bob@example.net", "ALICE@example.test", "192.0.2.1",
                                      "::ffff:192.0.2.1", " 0session000001 "}) {
        CAPTURE(subject);
        const auto story = explain(world.reader, subject);
        REQUIRE(story.found);
        CHECK(has(story.text, "Message " + world.id.toString()));
        CHECK(has(story.text, "A client connected from 192.0.2.1"));
    }
    CHECK(has(explain(world.reader, "bob@example.net").text,
              "In the end, bob@example.net: failed: 5.1.1 said so"));
}

TEST_CASE("a refused connection is a story of its own") {
    Told world;
    world.mailLog.refused(world.facts, "too many sessions from this address");
    world.write();
    const auto story = explain(world.reader, "192.0.2.1");
    REQUIRE(story.found);
    CHECK(story.text ==
          "Session 0session000001\n"
          "  2026-11-21T12:00:00.000Z  The connection from 192.0.2.1 was refused: too many sessions"
          " from this address. (listener smtp)\n");
}

TEST_CASE("a notification and the message it is about lead to each other") {
    Told world;
    const mail::QueueId dsn = mail::QueueId::make(world.clock.now(), world.random);
    world.queueOne();
    world.mailLog.dsnQueued(world.id, dsn, "alice@example.test");
    world.write();
    CHECK(has(explain(world.reader, world.id.toString()).text, "was queued as " + dsn.toString()));
    CHECK(has(explain(world.reader, dsn.toString()).text,
              "This message is the notification about " + world.id.toString()));
}

TEST_CASE("when the journal has nothing, that is said, and what it may mean") {
    Told world;
    SUBCASE("no journal at all") {}
    SUBCASE("another message") {
        world.queueOne();
        world.write();
    }
    const auto story = explain(world.reader, "0nosuch\x1b[31m0000");
    CHECK_FALSE(story.found);
    CHECK(has(story.text, "The journal has nothing about 0nosuch\\x1b[31m0000.\n"));
    CHECK(has(story.text, "journal.max_age"));
}

}  // namespace postrider::journal
