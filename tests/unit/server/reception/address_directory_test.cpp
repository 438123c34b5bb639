#include "server/reception/address_directory.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_originator_policy.h"
#include "tests/support/fake_router.h"
#include "tests/support/recording_log.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using postrider::routing::RouteFault;
using postrider::smtp::Standing;

TEST_CASE("a recipient is ours and known, ours and unknown, or somebody else's (no open relay)") {
    struct Case {
        std::string address;
        Standing standing;
        std::string reason{};
    };
    test::FakeRouter router;
    router.local = {"a.example"};
    router.faults = {{"nobody@a.example", {RouteFault::UnknownUser, "no such user"}},
                     {"loop@a.example", {RouteFault::AliasLoop, "comes back to itself"}},
                     {"later@a.example", {RouteFault::TemporaryFailure, "the disk is gone"}},
                     {"x@b.example", {RouteFault::TemporaryFailure, "must not be asked"}}};
    test::FakeOriginatorPolicy originators;
    test::RecordingLog log;
    reception::AddressDirectory directory{router, originators, log};
    const std::vector<Case> cases{
        {"alice@a.example", Standing::Local},
        {"ALICE@A.Example", Standing::Local},
        {"nobody@a.example", Standing::UnknownUser, "no such user"},
        {"loop@a.example", Standing::Unusable, "comes back to itself"},
        {"later@a.example", Standing::TemporaryFailure, "the disk is gone"},
        {"x@b.example", Standing::Remote},
        {"alice@sub.a.example", Standing::Remote},
        {"alice%b.example@a.example", Standing::Local},
        {"alice@[127.0.0.1]", Standing::Remote},
    };
    for (const Case& c : cases) {
        CAPTURE(c.address);
        const auto answer = directory.lookUp(test::forwardPath(c.address));
        CHECK(answer.standing == c.standing);
        CHECK(answer.reason == c.reason);
    }
}

TEST_CASE("the bare postmaster is ours, whoever gets his mail (RFC 5321 4.5.1, S-020)") {
    test::FakeRouter router;
    test::FakeOriginatorPolicy originators;
    test::RecordingLog log;
    reception::AddressDirectory directory{router, originators, log};
    const auto bare = mail::ForwardPath::barePostmaster();
    CHECK(directory.lookUp(bare).standing == Standing::Local);
    router.faults = {{"postmaster", {RouteFault::UnknownUser, "nobody"}}};
    CHECK(directory.lookUp(bare).standing == Standing::UnknownUser);
}

TEST_CASE("whose sender address it is, is asked of the policy; what it cannot tell is logged") {
    test::FakeRouter router;
    test::FakeOriginatorPolicy originators;
    originators.restricted = {"alice@a.example"};
    originators.theirs = {"alice@a.example"};
    originators.notNow = {"later@a.example"};
    test::RecordingLog log;
    reception::AddressDirectory directory{router, originators, log};
    const auto ask = [&](const char* address) {
        return directory.mayWriteAs("alice@a.example", mail::Mailbox::parse(address).value());
    };
    CHECK((ask("alice@a.example") == smtp::OriginatorStanding::Theirs));
    CHECK((ask("bob@a.example") == smtp::OriginatorStanding::NotTheirs));
    CHECK(log.lines().empty());
    CHECK((ask("later@a.example") == smtp::OriginatorStanding::TemporaryFailure));
    CHECK(log.contains("the hook is broken"));
}
