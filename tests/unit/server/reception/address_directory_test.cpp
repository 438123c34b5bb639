#include "server/reception/address_directory.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_router.h"

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
    reception::AddressDirectory directory{router};
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
    reception::AddressDirectory directory{router};
    const auto bare = mail::ForwardPath::barePostmaster();
    CHECK(directory.lookUp(bare).standing == Standing::Local);
    router.faults = {{"postmaster", {RouteFault::UnknownUser, "nobody"}}};
    CHECK(directory.lookUp(bare).standing == Standing::UnknownUser);
}
