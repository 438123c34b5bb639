#include "server/journal/journal_reader.h"

#include "server/journal/journal_file.h"
#include "tests/support/temp_dir.h"

#include <doctest.h>
#include <string>
#include <vector>

namespace postrider::journal {

namespace {

/// A journal that a test fills row by row: `tag` goes to `reason`, and tells which rows came back.
struct Filled {
    test::TempDir dir;
    JournalFile file{dir / "journal.db", {}};
    JournalReader reader{dir / "journal.db"};

    struct Row {
        std::string tag;
        Step step;
        std::string session;
        std::string queue;
        std::string address;
        std::string ip;
    };
    void add(const Row& row) {
        Decision decision;
        decision.step = row.step;
        decision.outcome = "accepted";
        decision.sessionId = row.session;
        decision.queueId = row.queue;
        decision.clientIp = row.ip;
        decision.address = row.address;
        decision.reason = row.tag;
        file.append(std::vector{DatedDecision{WallTime{}, decision}});
    }
};

std::string tags(const std::vector<JournalEntry>& entries) {
    std::string all;
    for (const auto& entry : entries)
        all += entry.reason + " ";
    return all;
}

/// One session brings two messages; another brings one; a third is refused.
void fill(Filled& journal) {
    journal.add({"c1", Step::Connect, "s1", "", "", "192.0.2.1"});
    journal.add({"e1", Step::Ehlo, "s1", "", "", ""});
    journal.add({"m1", Step::Mail, "s1", "", "alice@a.test", ""});
    journal.add({"r1", Step::Rcpt, "s1", "", "bob@b.test", ""});
    journal.add({"q1", Step::Queue, "s1", "x1", "alice@a.test", "192.0.2.1"});
    journal.add({"c2", Step::Connect, "s2", "", "", "192.0.2.2"});
    journal.add({"m2", Step::Mail, "s1", "", "alice@a.test", ""});
    journal.add({"r2", Step::Rcpt, "s1", "", "carol@c.test", ""});
    journal.add({"q2", Step::Queue, "s1", "x2", "alice@a.test", "192.0.2.1"});
    journal.add({"a1", Step::Attempt, "", "x1", "bob@b.test", ""});
    journal.add({"d1", Step::Disconnect, "s1", "", "", "192.0.2.1"});
    journal.add({"r3", Step::Rcpt, "s2", "", "Bob@B.test", "192.0.2.2"});
    journal.add({"a2", Step::Settle, "", "x2", "carol@c.test", ""});
    journal.add({"c3", Step::Connect, "", "", "", "192.0.2.3"});
}

}  // namespace

TEST_CASE("a message's story has its session and transaction, not those of its neighbours") {
    Filled journal;
    fill(journal);
    CHECK(tags(journal.reader.ofMessage("x1")) == "c1 e1 m1 r1 q1 a1 d1 ");
    CHECK(tags(journal.reader.ofMessage("x2")) == "c1 e1 m2 r2 q2 d1 a2 ");
    CHECK(journal.reader.ofMessage("x3").empty());
}

TEST_CASE("a session's story has all it did and nothing that came after it") {
    Filled journal;
    fill(journal);
    CHECK(tags(journal.reader.ofSession("s1")) == "c1 e1 m1 r1 q1 m2 r2 q2 d1 ");
}

TEST_CASE("an address is found without regard to case, with the sessions and messages around it") {
    Filled journal;
    fill(journal);
    CHECK(tags(journal.reader.ofAddress("BOB@b.test")) == "c1 e1 m1 r1 q1 c2 m2 q2 a1 d1 r3 ");
    CHECK(journal.reader.ofAddress("nobody@b.test").empty());
}

TEST_CASE("a client's story has its sessions and what became of their messages") {
    Filled journal;
    fill(journal);
    CHECK(tags(journal.reader.ofClient("192.0.2.1")) == "c1 e1 m1 r1 q1 m2 r2 q2 a1 d1 a2 ");
    CHECK(tags(journal.reader.ofClient("192.0.2.2")) == "c2 r3 ");
    CHECK(tags(journal.reader.ofClient("192.0.2.3")) == "c3 ");
}

TEST_CASE("a journal that does not exist has no entries") {
    const test::TempDir dir;
    const JournalReader reader{dir / "journal.db"};
    CHECK(reader.ofMessage("x1").empty());
    CHECK_FALSE(std::filesystem::exists(dir / "journal.db"));
}

TEST_CASE("what is asked for is bound, never SQL") {
    Filled journal;
    fill(journal);
    CHECK(journal.reader.ofMessage("x1' OR '1'='1").empty());
    CHECK(journal.reader.ofAddress("%").empty());
}

TEST_CASE("of a very long story the youngest entries are told") {
    Filled journal;
    std::vector<DatedDecision> all(6000);
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].decision.queueId = "x1";
        all[i].decision.reason = std::to_string(i);
    }
    journal.file.append(all);
    const auto entries = journal.reader.ofMessage("x1");
    REQUIRE(entries.size() == 5000);
    CHECK(entries.front().reason == "1000");
    CHECK(entries.back().reason == "5999");
}

}  // namespace postrider::journal
