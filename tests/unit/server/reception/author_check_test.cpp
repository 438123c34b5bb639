#include "server/reception/author_check.h"

#include "tests/support/fake_originator_policy.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::test {

namespace {

constexpr const char* user = "alice@a.example";

/// The reply code for a header; 0 when it passes.
int replyTo(const std::string& fields, const FakeOriginatorPolicy& policy) {
    const auto header = mail::HeaderSection::parse(fields + "\r\n");
    const auto refusal = reception::checkAuthors(header, user, policy);
    return refusal ? refusal->reply.code : 0;
}

}  // namespace

TEST_CASE("every From and Sender address must be one of the user's where from.restrict is set") {
    FakeOriginatorPolicy policy;
    policy.restricted = {user};
    policy.theirs = {user, "team@a.example"};
    policy.notNow = {"later@a.example"};
    struct Case {
        const char* fields;
        int code;
    };
    const Case cases[] = {
        {"From: Alice <alice@a.example>\r\n", 0},
        {"From: alice@a.example, team@a.example\r\n", 0},
        {"From: alice@a.example\r\nSender: team@a.example\r\n", 0},
        {"Subject: no author\r\n", 0},
        {"From: bob@a.example\r\n", 550},
        {"From: alice@a.example, bob@a.example\r\n", 550},
        {"from : bob@a.example\r\n", 550},
        {"From: alice@a.example\r\nSender: bob@a.example\r\n", 550},
        {"From: \"alice@a.example\" <bob@a.example>\r\n", 550},
        {"From: later@a.example\r\n", 451},
        {"From: alice\r\n", 554},
        {"From: undisclosed:;\r\n", 554},
        {"From: <alice@a.example> x\r\n", 554},
        {"From: alice@a.example\r\nResent-From: bob@a.example\r\n", 0},
        {"From: alice@a.example\r\nReply-To: bob@a.example\r\n", 0},
    };
    for (const Case& c : cases) {
        CAPTURE(c.fields);
        CHECK(replyTo(c.fields, policy) == c.code);
        CHECK(replyTo(c.fields, FakeOriginatorPolicy{}) == 0);
    }
}

}  // namespace postrider::test
