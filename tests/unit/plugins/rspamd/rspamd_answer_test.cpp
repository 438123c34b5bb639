#include "plugins/hooks/rspamd/rspamd_answer.h"

#include <doctest/doctest.h>
#include <string>

using namespace postrider;
using hooks::RspamdAction;
using hooks::RspamdAnswer;

namespace {

mail::MessageVerdict verdict(const std::string& json,
                             const std::string& header = "X-Spam: a\r\nx-spam: b\r\n\r\n") {
    const auto answer = RspamdAnswer::parse(json);
    REQUIRE(answer);
    return hooks::verdictOf(*answer, mail::HeaderSection::parse(header));
}

std::string replyOf(const mail::MessageVerdict& answer) {
    const auto* refuse = std::get_if<mail::Refuse>(&answer.verdict);
    return refuse == nullptr ? "" : refuse->reply.toString();
}

}  // namespace

TEST_CASE("every action of rspamd has its answer") {
    CHECK(replyOf(verdict(R"({"action":"reject"})")) == "554 5.7.1 This message looks like spam");
    CHECK(replyOf(verdict(R"({"action":"soft reject"})")) == "451 4.7.1 Please try again later");
    CHECK(std::holds_alternative<mail::Discard>(verdict(R"({"action":"discard"})").verdict));
    for (const auto* action : {"no action", "greylist", "add header", "rewrite subject"}) {
        CAPTURE(action);
        const auto answer = verdict(std::string{R"({"action":")"} + action + R"("})");
        CHECK(std::holds_alternative<mail::Proceed>(answer.verdict));
        CHECK(answer.edits.empty());
    }
    const auto held = verdict(R"({"action":"quarantine","score":7.5})");
    REQUIRE(held.edits.size() == 1);
    CHECK(std::get<mail::Quarantine>(held.edits[0]).reason == "rspamd, score 7.5");
}

TEST_CASE("rspamd's words reach the client when they fit a reply") {
    const auto say = [](const std::string& words) {
        return replyOf(
            verdict(R"({"action":"reject","messages":{"smtp_message":")" + words + "\"}}"));
    };
    CHECK(say("Gtube pattern") == "554 5.7.1 Gtube pattern");
    const std::string ours = "554 5.7.1 This message looks like spam";
    CHECK(say("") == ours);
    CHECK(say(R"(two\r\nlines)") == ours);
    CHECK(say(R"(caf\u00e9)") == ours);
    CHECK(say(std::string(201, 'x')) == ours);
}

TEST_CASE("fields are added where rspamd wants them, and removed one or all") {
    const auto answer = verdict(R"({
        "action": "add header",
        "milter": {
            "add_headers": {
                "A": "plain", "B": {"value": "top", "order": 0},
                "C": [{"value": "third", "order": 3}, "again"]
            },
            "remove_headers": {"X-Spam": 0, "Y": 2}
        },
        "dkim-signature": "v=1;\r\n\tb=x"
    })");
    REQUIRE(answer.edits.size() == 8);
    CHECK(std::get<mail::RemoveHeader>(answer.edits[0]).index == 0);
    CHECK(std::get<mail::RemoveHeader>(answer.edits[1]).index == 1);
    CHECK(std::get<mail::RemoveHeader>(answer.edits[2]).name == "Y");
    CHECK(std::get<mail::RemoveHeader>(answer.edits[2]).index == 1);
    CHECK(std::get<mail::InsertHeader>(answer.edits[3]).value == "plain");
    CHECK(std::get<mail::PrependHeader>(answer.edits[4]).value == "top");
    CHECK(std::get<mail::InsertHeader>(answer.edits[5]).index == 2);
    CHECK(std::get<mail::PrependHeader>(answer.edits[7]).name == "DKIM-Signature");
    CHECK(std::get<mail::PrependHeader>(answer.edits[7]).value == "v=1;\r\n\tb=x");
}

TEST_CASE("a rewritten subject replaces the old one, and only when that is the action") {
    const auto answer = verdict(R"({"action":"rewrite subject","subject":"*** SPAM *** x"})");
    REQUIRE(answer.edits.size() == 1);
    CHECK(std::get<mail::ChangeHeader>(answer.edits[0]).value == "*** SPAM *** x");
    CHECK(verdict(R"({"action":"no action","subject":"x"})").edits.empty());
}

TEST_CASE("what is no answer of rspamd is told from one that is") {
    std::string deep;
    for (int i = 0; i < 1000; ++i)
        deep += "{\"a\":";
    std::string many = R"({"action":"no action","milter":{"remove_headers":{)";
    for (int i = 0; i < 1001; ++i)
        many += "\"h" + std::to_string(i) + "\":1,";
    many.back() = '}';
    many += "}}";
    for (const std::string& json :
         {std::string{}, std::string{"reject"}, std::string{"[]"}, std::string{"{}"},
          std::string{R"({"action":1})"}, std::string{R"({"action":"delete"})"},
          std::string{R"({"action":"reject")"}, std::string{"null"}, deep, many}) {
        CAPTURE(json.substr(0, 40));
        CHECK_FALSE(RspamdAnswer::parse(json));
    }
    for (const std::string json :
         {R"({"action":"no action","milter":[],"messages":1,"score":"x","subject":2})",
          R"({"action":"no action","milter":{"add_headers":"x","remove_headers":[1]}})",
          R"({"action":"no action","milter":{"add_headers":{"A":1,"B":{"value":2},"C":[[]]}}})",
          R"({"action":"no action","milter":{"remove_headers":{"A":-1,"B":"x","C":1.5}}})"}) {
        CAPTURE(json);
        CHECK(verdict(json).edits.empty());
    }
}
