#include "tests/support/fake_account_source.h"
#include "tests/support/fake_alias_source.h"
#include "tests/unit/server/routing/house.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <vector>

using namespace postrider;
using postrider::routing::RouteFault;
using postrider::test::FakeAccountSource;
using postrider::test::FakeAliasSource;
using postrider::test::House;
using Lines = std::vector<std::string>;

namespace {

/// A domain with alice and bob in its file, carol elsewhere, and a source that knows more aliases.
struct TwoHouses {
    FakeAliasSource source;
    FakeAccountSource accounts;
    House house;

    explicit TwoHouses(const std::string& aliases = "") {
        house.domain("a.example", "alice:*\nbob:*\n", aliases);
        house.elsewhere = {&accounts, &source};
        accounts.add("carol@a.example");
    }
    Lines destinations(const std::string& address) {
        source.asked.clear();
        return house.destinations(address);
    }
    Lines trail(const std::string& address) const { return house.resolve(address).value().trail; }
    RouteFault faultOf(const std::string& address) const {
        const auto route = house.resolve(address);
        REQUIRE_FALSE(route.has_value());
        return route.error().fault;
    }
};

const std::string alice = "alice@a.example local a.example";
const std::string bob = "bob@a.example local a.example";
const std::string carol = "carol@a.example local a.example";

}  // namespace

TEST_CASE("aliases elsewhere stand beside those of the file, and count before users") {
    TwoHouses two{"team: alice\n"};
    two.source.aliases = {{"team@a.example", "bob, carol"}, {"bob@a.example", "x@c.example"}};
    CHECK(two.destinations("team@a.example") ==
          Lines{alice, carol, "x@c.example remote c.example"});
    CHECK(two.destinations("bob@a.example") == Lines{"x@c.example remote c.example"});
    CHECK(two.destinations("alice@a.example") == Lines{alice});
    CHECK(two.trail("team@a.example") == Lines{"team@a.example -> alias -> alice@a.example",
                                               "team@a.example -> alias by fake -> bob@a.example",
                                               "bob@a.example -> alias by fake -> x@c.example",
                                               "team@a.example -> alias by fake -> "
                                               "carol@a.example"});
}

TEST_CASE("elsewhere, a name is asked for with its suffix, without, and as the catch-all last") {
    TwoHouses two;
    const Lines asked{"x+tag@a.example", "x@a.example", "*@a.example"};
    CHECK(two.destinations("x+tag@a.example") ==
          Lines{"there is no user or alias x+tag@a.example"});
    CHECK(two.source.asked == asked);
    two.source.aliases = {
        {"alice+shop@a.example", "carol"}, {"team@a.example", "bob"}, {"*@a.example", "alice"}};
    CHECK(two.destinations("Alice+Shop@a.example") == Lines{carol});
    CHECK(two.destinations("alice+other@a.example") == Lines{alice});
    CHECK(two.destinations("team+x@a.example") == Lines{bob});
    CHECK(two.destinations("whoever@a.example") == Lines{alice});
    CHECK(two.destinations("carol@a.example") == Lines{carol});  // an account before the catch-all
}

TEST_CASE("elsewhere, a name is asked for as it was written, then without dropped characters") {
    TwoHouses two;
    two.source.aliases = {{"jane.doe@a.example", "bob"}, {"team@a.example", "alice"}};
    CHECK(two.destinations("jane.doe+x@a.example") == Lines{bob});
    CHECK(two.source.asked == Lines{"jane.doe+x@a.example", "janedoe+x@a.example",
                                    "jane.doe@a.example", "bob@a.example"});
    CHECK(two.destinations("te.am@a.example") == Lines{alice});
}

TEST_CASE("aliases elsewhere have the limits of the others: copies, loops, levels, each once") {
    TwoHouses two{"loop: other\n"};
    auto& aliases = two.source.aliases;
    aliases = {{"bob@a.example", "bob, x@c.example"},
               {"carol@a.example", "carol"},
               {"team@a.example", "alice, al.ice, alice"},
               {"other@a.example", "loop"},
               {"gone@a.example", "nobody"}};
    CHECK(two.destinations("bob@a.example") == Lines{bob, "x@c.example remote c.example"});
    CHECK(two.destinations("carol@a.example") == Lines{carol});
    CHECK(two.destinations("team@a.example") == Lines{alice});
    CHECK((two.faultOf("loop@a.example") == RouteFault::AliasLoop));
    CHECK((two.faultOf("gone@a.example") == RouteFault::UnknownUser));
    for (int i = 0; i < 12; ++i)
        aliases["n" + std::to_string(i) + "@a.example"] = "n" + std::to_string(i + 1);
    aliases["n12@a.example"] = "alice";
    CHECK((two.faultOf("n0@a.example") == RouteFault::AliasLoop));
    CHECK(two.destinations("n3@a.example") == Lines{alice});
}

TEST_CASE("aliases that cannot be asked for make every answer of ours wait, and only ours") {
    TwoHouses two{"team: alice\n"};
    two.source.down = "sql: gone";
    for (const auto* address :
         {"alice@a.example", "team@a.example", "nobody@a.example", "postmaster@a.example"}) {
        CAPTURE(address);
        CHECK((two.faultOf(address) == RouteFault::TemporaryFailure));
        CHECK(two.destinations(address) == Lines{"sql: gone"});
    }
    CHECK(two.destinations("x@c.example") == Lines{"x@c.example remote c.example"});
    CHECK(two.source.asked.empty());
}

TEST_CASE("the hook is asked before the aliases elsewhere, and hides them while it fails") {
    TwoHouses two{"team: alice\n"};
    two.source.aliases = {{"team@a.example", "carol"}};
    const auto hook = two.house.dir().write(
        "hooks/alias-resolve", "#!/bin/sh\ncase $1 in team@*) echo bob;; bad@*) exit 1;; esac\n");
    std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
    CHECK(two.destinations("team@a.example") == Lines{alice, bob, carol});
    CHECK((two.faultOf("bad@a.example") == RouteFault::TemporaryFailure));
}
