#include "server/reception/recipient_routing.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_router.h"

#include <doctest/doctest.h>

namespace postrider::test {

namespace {

mail::Envelope envelopeTo(std::initializer_list<const char*> recipients) {
    mail::Envelope envelope;
    for (const char* recipient : recipients)
        envelope.recipients.push_back({forwardPath(recipient), {}});
    return envelope;
}

routing::RouteError fault(routing::RouteFault what) {
    return {what, "because"};
}

}  // namespace

TEST_CASE(
    "a mailbox that two recipients lead to gets the message once, with the first one's "
    "parameters") {
    FakeRouter router;
    router.local = {"example.test"};
    const auto bob = router.destinationOf(forwardPath("bob@example.test"));
    router.aliases["info@example.test"] = {{bob},
                                           {"info@example.test -> alias -> bob@example.test"}};
    auto envelope = envelopeTo({"info@example.test", "bob@example.test"});
    envelope.recipients[0].parameters.orcpt = mail::OriginalRecipient{"rfc822", "first"};
    const auto routed = reception::routeRecipients(envelope, router);
    REQUIRE(routed);
    REQUIRE(routed->recipients.size() == 1);
    CHECK(routed->recipients[0].original.toString() == "info@example.test");
    CHECK(routed->recipients[0].final.toString() == "bob@example.test");
    CHECK(routed->recipients[0].parameters.orcpt->address == "first");
    REQUIRE(routed->decisions.size() == 2);
    CHECK((routed->decisions[0].step == journal::Step::Alias));
    CHECK((routed->decisions[1].step == journal::Step::Route));
}

TEST_CASE("one name with two pipe targets is two destinations") {
    FakeRouter router;
    const auto path = forwardPath("list@example.test");
    router.aliases["list@example.test"] = {{{path, "pipe", "one"}, {path, "pipe", "two"}}, {}};
    const auto routed = reception::routeRecipients(envelopeTo({"list@example.test"}), router);
    REQUIRE(routed);
    CHECK(routed->recipients.size() == 2);
}

TEST_CASE("what cannot be routed is refused for good only when nothing else could be") {
    using routing::RouteFault;
    struct Case {
        const char* name;
        std::map<std::string, RouteFault> faults;
        int code;
        mail::EnhancedStatus status;
    };
    const Case cases[] = {
        {"all unknown",
         {{"a@x.test", RouteFault::UnknownUser}, {"b@x.test", RouteFault::UnknownUser}},
         550,
         {5, 1, 1}},
        {"all loops",
         {{"a@x.test", RouteFault::AliasLoop}, {"b@x.test", RouteFault::AliasLoop}},
         554,
         {5, 4, 6}},
        {"one unknown", {{"a@x.test", RouteFault::UnknownUser}}, 451, {4, 3, 0}},
        {"one later", {{"b@x.test", RouteFault::TemporaryFailure}}, 451, {4, 3, 0}},
        {"unknown and later",
         {{"a@x.test", RouteFault::UnknownUser}, {"b@x.test", RouteFault::TemporaryFailure}},
         451,
         {4, 3, 0}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        FakeRouter router;
        for (const auto& [mailbox, what] : c.faults)
            router.faults[mailbox] = fault(what);
        const auto routed =
            reception::routeRecipients(envelopeTo({"a@x.test", "b@x.test"}), router);
        REQUIRE_FALSE(routed);
        CHECK(routed.error().reply.code == c.code);
        CHECK(routed.error().reply.status == c.status);
        CHECK_FALSE(routed.error().about.empty());
    }
}

TEST_CASE("recipients that lead to ten thousand mailboxes and more are refused") {
    FakeRouter router;
    routing::Route many;
    for (int i = 0; i < 10'001; ++i)
        many.destinations.push_back(
            {forwardPath("u" + std::to_string(i) + "@x.test"), "local", "x.test"});
    router.aliases["all@x.test"] = many;
    const auto routed = reception::routeRecipients(envelopeTo({"all@x.test"}), router);
    REQUIRE_FALSE(routed);
    CHECK(routed.error().reply.status == mail::EnhancedStatus{5, 5, 3});
}

TEST_CASE(
    "an alias of one address passes NOTIFY and ORCPT on, one of several all but SUCCESS (RFC 3461 "
    "5.2.7)") {
    FakeRouter router;
    router.local = {"example.test"};
    const auto bob = router.destinationOf(forwardPath("bob@example.test"));
    const auto carol = router.destinationOf(forwardPath("carol@remote.test"));
    router.aliases["one@example.test"] = {{bob}, {}};
    router.aliases["two@example.test"] = {{bob, carol}, {}};
    struct Case {
        const char* recipient;
        const char* from;
        const char* notify;
        const char* passedOn;
        std::size_t expanded;
    };
    const Case cases[] = {
        {"one@example.test", "a@b.test", "SUCCESS", "SUCCESS", 0},
        {"two@example.test", "a@b.test", "SUCCESS", "NEVER", 1},
        {"two@example.test", "a@b.test", "SUCCESS,DELAY", "DELAY", 1},
        {"two@example.test", "a@b.test", "FAILURE", "FAILURE", 0},
        {"two@example.test", "", "SUCCESS", "SUCCESS", 0},
    };
    for (const Case& c : cases) {
        CAPTURE(c.recipient);
        CAPTURE(c.notify);
        auto envelope = envelopeTo({c.recipient});
        envelope.reversePath = reversePath(c.from);
        envelope.recipients[0].parameters.notify = mail::notifyFromString(c.notify);
        envelope.recipients[0].parameters.orcpt = mail::OriginalRecipient{"rfc822", "first"};
        const auto routed = reception::routeRecipients(envelope, router);
        REQUIRE(routed);
        CHECK(routed->expanded.size() == c.expanded);
        for (const auto& recipient : routed->recipients) {
            CHECK(mail::notifyToString(recipient.parameters.notify) == c.passedOn);
            CHECK(recipient.parameters.orcpt->address == "first");
        }
    }
}

}  // namespace postrider::test
