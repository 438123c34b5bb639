#include "server/directory/watched_source.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_account_source.h"
#include "tests/support/recording_log.h"

#include <doctest/doctest.h>

using namespace postrider;
using directory::WatchedSource;
using test::FakeAccountSource;
using test::mailbox;
using test::RecordingLog;

TEST_CASE("a source that goes away is told once, and once that it is back") {
    FakeAccountSource source{"sql"};
    RecordingLog log;
    Metrics metrics;
    WatchedSource watched{source, log, metrics};
    source.add("alice@a.example");

    CHECK(watched.find(mailbox("alice@a.example"))->has_value());
    CHECK(log.lines().empty());
    source.down = "no route";
    for (int i = 0; i < 3; ++i) {
        const auto found = watched.find(mailbox("alice@a.example"));
        REQUIRE_FALSE(found.has_value());
        CHECK(found.error() == "sql: no route");
    }
    CHECK(log.count("account-source-unavailable source=sql reason=\"no route\"") == 1);
    source.down.clear();
    CHECK(*watched.check(mailbox("alice@a.example"), "right"));
    CHECK(watched.find(mailbox("alice@a.example"))->has_value());
    CHECK(log.count("account-source-back source=sql") == 1);
    CHECK(log.lines().size() == 2);
}

TEST_CASE("each answer is counted under its source") {
    FakeAccountSource source{"dovecot"};
    RecordingLog log;
    Metrics metrics;
    WatchedSource watched{source, log, metrics};
    source.add("alice@a.example");
    CHECK(watched.find(mailbox("alice@a.example")).has_value());
    CHECK(watched.find(mailbox("bob@a.example")).has_value());
    CHECK(watched.check(mailbox("alice@a.example"), "right").has_value());
    CHECK(watched.check(mailbox("alice@a.example"), "wrong").has_value());
    source.down = "gone";
    CHECK_FALSE(watched.check(mailbox("alice@a.example"), "right").has_value());

    const auto text = metrics.openMetrics();
    for (const auto* answer : {"found", "unknown", "passed", "rejected", "unavailable"}) {
        CAPTURE(answer);
        const auto line =
            "postrider_account_lookups_total{answer=\"dovecot-" + std::string{answer} + "\"} 1\n";
        CHECK(text.find(line) != std::string::npos);
    }
}

TEST_CASE("an imitated refusal is told when it fails, and counted as no password") {
    FakeAccountSource source{"dovecot"};
    RecordingLog log;
    Metrics metrics;
    WatchedSource watched{source, log, metrics};
    CHECK(watched.imitateRefusal(mailbox("alice@a.example")).has_value());
    CHECK(metrics.openMetrics().find("answer=\"dovecot-rejected\"} 0\n") != std::string::npos);
    source.down = "gone";
    const auto failed = watched.imitateRefusal(mailbox("alice@a.example"));
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error() == "dovecot: gone");
    CHECK(log.count("account-source-unavailable source=dovecot reason=gone") == 1);
}
