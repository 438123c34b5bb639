#include "tests/support/addresses.h"
#include "tests/support/fake_account_source.h"
#include "tests/unit/server/routing/house.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using postrider::routing::RouteFault;
using postrider::test::FakeAccountSource;
using postrider::test::House;
using Lines = std::vector<std::string>;

namespace {

/// A domain whose files know alice, and a source that knows others.
struct TwoHouses {
    FakeAccountSource source;
    House house;

    explicit TwoHouses(const std::string& aliases = "") {
        house.domain("a.example", "alice:*\n", aliases);
        house.elsewhere.accounts = &source;
    }
    RouteFault faultOf(const std::string& address) const {
        const auto route = house.resolve(address);
        REQUIRE_FALSE(route.has_value());
        return route.error().fault;
    }
};

}  // namespace

TEST_CASE("an account elsewhere is reached after the users of the file, before the catch-all") {
    TwoHouses two{"*: alice\n"};
    two.source.add("carol@a.example");
    const auto& house = two.house;
    CHECK(house.destinations("carol@a.example") == Lines{"carol@a.example local a.example"});
    CHECK(house.destinations("Carol+x@a.example") == Lines{"carol@a.example local a.example"});
    CHECK(house.destinations("nobody@a.example") == Lines{"alice@a.example local a.example"});
    const int before = two.source.asked;
    CHECK(house.destinations("alice+x@a.example") == Lines{"alice@a.example local a.example"});
    CHECK(house.destinations("carol@b.example") == Lines{"carol@b.example remote b.example"});
    CHECK(two.source.asked == before);
}

TEST_CASE("elsewhere, the whole name is asked for first, then shorter ones") {
    TwoHouses two;
    two.source.add("jane.doe@a.example");
    two.source.add("janedoe+news@a.example");
    two.source.add("bob@a.example");
    const auto& house = two.house;
    CHECK(house.destinations("jane.doe+x@a.example") ==
          Lines{"jane.doe@a.example local a.example"});
    CHECK(house.destinations("janedoe+news@a.example") ==
          Lines{"janedoe+news@a.example local a.example"});
    CHECK(house.destinations("b.o.b+x@a.example") == Lines{"bob@a.example local a.example"});
    two.source.asked = 0;
    CHECK((two.faultOf("no.body+x@a.example") == RouteFault::UnknownUser));
    CHECK(two.source.asked == 3);
    CHECK((two.faultOf("nobody@a.example") == RouteFault::UnknownUser));
    CHECK(two.source.asked == 4);
}

TEST_CASE("aliases lead to accounts elsewhere, and a name that is its own target keeps a copy") {
    TwoHouses two{"team: alice, carol\ncarol: carol, dave@d.example\n"};
    two.source.add("carol@a.example");
    CHECK(two.house.destinations("team@a.example") == Lines{"alice@a.example local a.example",
                                                            "carol@a.example local a.example",
                                                            "dave@d.example remote d.example"});
}

TEST_CASE("what cannot be asked makes the whole answer wait, never a refusal for good") {
    TwoHouses two{"team: alice, carol\n*: alice\n"};
    two.source.down = "sql: gone";
    const auto& house = two.house;
    for (const auto* address : {"carol@a.example", "team@a.example", "postmaster@a.example"}) {
        CAPTURE(address);
        CHECK((two.faultOf(address) == RouteFault::TemporaryFailure));
        CHECK(house.destinations(address) == Lines{"sql: gone"});
    }
    CHECK(house.destinations("alice@a.example") == Lines{"alice@a.example local a.example"});
}

TEST_CASE("an account elsewhere that may not receive gets nothing, and nobody in its place") {
    TwoHouses two{"*: alice\n"};
    two.source.accounts["robot@a.example"] = {"robot@a.example", "x", true, false};
    CHECK((two.faultOf("robot@a.example") == RouteFault::MailboxDisabled));
    CHECK((two.faultOf("robot+x@a.example") == RouteFault::MailboxDisabled));
}

TEST_CASE("the postmaster may be an account elsewhere") {
    TwoHouses two;
    two.source.add("postmaster@a.example");
    CHECK(two.house.destinations("postmaster@a.example") ==
          Lines{"postmaster@a.example local a.example"});
}
