#include "server/reception/hook_edits.h"

#include "server/reception/header_rules.h"
#include "tests/unit/server/reception/reception_fixture.h"

#include <doctest/doctest.h>

namespace postrider::test {

namespace {

/// A candidate with everything it refers to.
struct Bench {
    ReceptionFixture f;
    mail::MessageContent content;
    smtp::ReceivedMessage message;
    reception::Candidate candidate;

    explicit Bench(const std::string& octets)
        : content(mail::MessageContent::fromMemory(octets)),
          message{f.facts, f.envelope, content, f.gatekeeper},
          candidate{.message = message,
                    .id = mail::QueueId::make(f.clock.now(), f.random),
                    .receivedAt = f.clock.now(),
                    .header = reception::readHeader(content),
                    .envelope = f.envelope,
                    .content = content} {}

    reception::MayGoOn apply(const std::vector<mail::Edit>& edits) {
        return reception::applyEdits(edits, {f.folder.path(), 65536}, candidate);
    }
};

const std::string twins = "A: 1\r\nB: 2\r\n folded\r\na: 3\r\n\r\nbody\r\n";

}  // namespace

TEST_CASE("edits change what they name and no other octet") {
    struct Case {
        const char* name;
        std::vector<mail::Edit> edits;
        std::string result;
    };
    const Case cases[] = {
        {"first of two", {mail::RemoveHeader{"a", 0}}, "B: 2\r\n folded\r\na: 3\r\n\r\nbody\r\n"},
        {"second of two", {mail::RemoveHeader{"A", 1}}, "A: 1\r\nB: 2\r\n folded\r\n\r\nbody\r\n"},
        {"counted before any edit",
         {mail::RemoveHeader{"A", 0}, mail::RemoveHeader{"A", 1}},
         "B: 2\r\n folded\r\n\r\nbody\r\n"},
        {"folded", {mail::RemoveHeader{"b", 0}}, "A: 1\r\na: 3\r\n\r\nbody\r\n"},
        {"not there", {mail::RemoveHeader{"C", 0}}, twins},
        {"too few", {mail::RemoveHeader{"A", 2}}, twins},
        {"body", {mail::ReplaceBody{"new\r\n"}}, "A: 1\r\nB: 2\r\n folded\r\na: 3\r\n\r\nnew\r\n"},
        {"changed",
         {mail::ChangeHeader{"a", 1, "4"}},
         "A: 1\r\nB: 2\r\n folded\r\na: 4\r\n\r\nbody\r\n"},
        {"changed but not there",
         {mail::ChangeHeader{"C", 0, "4"}},
         "A: 1\r\nB: 2\r\n folded\r\na: 3\r\nC: 4\r\n\r\nbody\r\n"},
        {"inserted twice at one place",
         {mail::InsertHeader{1, "X", "1"}, mail::InsertHeader{1, "Y", "2"}},
         "A: 1\r\nX: 1\r\nY: 2\r\nB: 2\r\n folded\r\na: 3\r\n\r\nbody\r\n"},
        {"inserted below all",
         {mail::InsertHeader{99, "X", "1"}},
         "A: 1\r\nB: 2\r\n folded\r\na: 3\r\nX: 1\r\n\r\nbody\r\n"},
        {"folded already",
         {mail::PrependHeader{"X", "a;\r\n\tb  c"}},
         "X: a;\r\n\tb  c\r\n" + twins},
        {"no second field gets in",
         {mail::PrependHeader{"X", "a\r\nBcc: b"}},
         "X: a  Bcc: b\r\n" + twins},
        {"all at once",
         {mail::PrependHeader{"X", "y"}, mail::RemoveHeader{"A", 0}, mail::ReplaceBody{"new\r\n"}},
         "X: y\r\nB: 2\r\n folded\r\na: 3\r\n\r\nnew\r\n"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Bench bench{twins};
        CHECK_FALSE(bench.apply(c.edits));
        CHECK(readAll(bench.candidate.content) == c.result);
    }
}

TEST_CASE("one bad edit and none is carried out") {
    Bench bench{twins};
    const auto refusal =
        bench.apply({mail::RemoveHeader{"A", 0}, mail::AddRecipient{forwardPath("x@example.test")},
                     mail::PrependHeader{"Bad Name", "x"}});
    REQUIRE(refusal);
    CHECK(refusal->reply.code == 451);
    CHECK(readAll(bench.candidate.content) == twins);
    CHECK(bench.candidate.envelope.recipients.size() == 1);
}

TEST_CASE("recipients are added once and removed") {
    Bench bench{twins};
    const auto carol = forwardPath("carol@example.test");
    CHECK_FALSE(bench.apply({mail::AddRecipient{carol}, mail::AddRecipient{carol},
                             mail::RemoveRecipient{forwardPath("bob@example.test")},
                             mail::RemoveRecipient{forwardPath("nobody@example.test")}}));
    REQUIRE(bench.candidate.envelope.recipients.size() == 1);
    CHECK(bench.candidate.envelope.recipients[0].path == carol);
}

TEST_CASE("a field below all others stays in the header of a message that has none") {
    Bench bench{"\r\nbody\r\n"};
    CHECK_FALSE(bench.apply({mail::PrependHeader{"A", "1"}, mail::InsertHeader{9, "X", "1"}}));
    CHECK(readAll(bench.candidate.content) == "A: 1\r\nX: 1\r\n\r\nbody\r\n");
}

TEST_CASE("hooks change the sender, and hold a message back") {
    Bench bench{twins};
    CHECK_FALSE(bench.apply(
        {mail::ChangeSender{reversePath("bounces@example.test")}, mail::Quarantine{"looks odd"}}));
    CHECK(bench.candidate.envelope.reversePath.toString() == "bounces@example.test");
    CHECK(bench.candidate.held);
}

TEST_CASE("content that cannot be written anew refuses the message for now") {
    Bench bench{"A: 1\r\n\r\n" + std::string(100'000, 'x') + "\r\n"};
    const auto refusal = reception::applyEdits(
        {mail::RemoveHeader{"A", 0}}, {bench.f.folder / "no-such-folder", 1024}, bench.candidate);
    REQUIRE(refusal);
    CHECK(refusal->reply.isTransient());
}

}  // namespace postrider::test
