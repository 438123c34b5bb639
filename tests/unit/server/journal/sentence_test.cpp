#include "server/journal/sentence.h"

#include <doctest.h>
#include <string>
#include <vector>

namespace postrider::journal {

namespace {

JournalEntry entry(std::string step, std::string outcome) {
    JournalEntry entry;
    entry.step = std::move(step);
    entry.outcome = std::move(outcome);
    return entry;
}

}  // namespace

TEST_CASE("a decision reads as an English sentence with its reason and inputs") {
    struct Case {
        std::string step;
        std::string outcome;
        std::string address;
        std::string reason;
        std::vector<std::pair<std::string, std::string>> inputs;
        std::string sentence;
    };
    const std::vector<Case> cases{
        {"connect",
         "accepted",
         "",
         "",
         {{"listener", "smtp"}},
         "A client connected from 192.0.2.1 to the smtp port."},
        {"connect",
         "refused",
         "",
         "too many sessions",
         {},
         "The connection from 192.0.2.1 was refused: too many sessions."},
        {"auth",
         "accepted",
         "alice@example.test",
         "",
         {{"mechanism", "PLAIN"}},
         "Authentication as alice@example.test was accepted. (mechanism PLAIN)"},
        {"mail", "accepted", "", "", {}, "The reverse-path <> was accepted."},
        {"rcpt",
         "refused",
         "x@example.test",
         "550 5.1.1 No such mailbox.",
         {},
         "The recipient x@example.test was refused: 550 5.1.1 No such mailbox."},
        {"route",
         "remote",
         "b@example.net",
         "",
         {{"courier", "smtp"}, {"next_hop", ""}},
         "The address b@example.net is remote. (courier smtp)"},
        {"queue",
         "accepted",
         "a@example.test",
         "",
         {{"size", "120"}},
         "The message from a@example.test was queued. (size 120)"},
        {"settle",
         "deferred",
         "b@example.net",
         "4.4.1 no answer",
         {{"next", "T"}},
         "Delivery to b@example.net was deferred; the next try is at T: 4.4.1 no answer."},
        {"settle",
         "deferred",
         "b@example.net",
         "",
         {},
         "Delivery to b@example.net was deferred; the next try is at (unknown)."},
        {"settle",
         "delivered",
         "b@example.net",
         "2.0.0 Ok!",
         {},
         "Delivered to b@example.net: 2.0.0 Ok!"},
        {"attempt",
         "deferred",
         "b@example.net",
         "4.4.1 no answer",
         {{"relay", "mx"}},
         "The courier could not deliver to b@example.net yet: 4.4.1 no answer. (relay mx)"},
        {"hook", "discarded", "", "spam", {}, "A hook discarded the message: spam."},
        {"alias",
         "expanded",
         "team@example.test",
         "to a, b",
         {},
         "The address team@example.test was expanded: to a, b."},
        {"dsn",
         "unwanted",
         "b@x.test",
         "NOTIFY=NEVER",
         {},
         "Nobody is notified about b@x.test: NOTIFY=NEVER."},
        {"dsn",
         "queued",
         "a@example.test",
         "",
         {{"dsn", "0x"}},
         "A notification for a@example.test was queued as 0x."},
        {"action", "held", "", "done", {{"by", "root"}}, "root put it on hold: done."},
        {"content", "accepted", "", "", {}, "The content was accepted."},
    };
    for (const auto& c : cases) {
        CAPTURE(c.sentence);
        JournalEntry it = entry(c.step, c.outcome);
        it.clientIp = "192.0.2.1";
        it.address = c.address;
        it.reason = c.reason;
        it.inputs = c.inputs;
        CHECK(sentenceOf(it) == c.sentence);
    }
}

TEST_CASE("a step or outcome of a later release is told as it is") {
    CHECK(sentenceOf(entry("teleport", "bent")) == "teleport: bent.");
    CHECK(sentenceOf(entry("rcpt", "bent")) == "The recipient <>: bent.");
}

TEST_CASE("a percent sign in what clients say is no placeholder") {
    JournalEntry it = entry("rcpt", "refused");
    it.address = "a%ip%b@example.test";
    it.reason = "100% sure";
    CHECK(sentenceOf(it) == "The recipient a%ip%b@example.test was refused: 100% sure.");
}

}  // namespace postrider::journal
