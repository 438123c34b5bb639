#include "server/routing/alias_resolver.h"

#include "tests/unit/server/routing/house.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using postrider::routing::RouteFault;
using postrider::test::House;
using Lines = std::vector<std::string>;

namespace {

const std::string alice = "alice@a.example local a.example";
const std::string bob = "bob@a.example local a.example";

}  // namespace

TEST_CASE("users are reached in every spelling that means them (S-024)") {
    House house;
    house.domain("a.example", "alice:*\njohn.doe:*\n", "");
    for (const auto* address :
         {"alice@a.example", "Alice@A.EXAMPLE", "al.ice@a.example", "alice+x.y@a.example",
          "a.l.i.c.e+@a.example", "\"alice\"@a.example", "\"al\\ice\"@a.example"}) {
        CAPTURE(address);
        CHECK(house.destinations(address) == Lines{alice});
    }
    for (const auto* address :
         {"john.doe@a.example", "johndoe@a.example", "JOHN.DOE+1@a.example"}) {
        CAPTURE(address);
        CHECK(house.destinations(address) == Lines{"john.doe@a.example local a.example"});
    }
    CHECK(house.destinations("carol@a.example") ==
          Lines{"there is no user or alias carol@a.example"});
    CHECK(house.destinations("*@a.example") == Lines{"there is no user or alias *@a.example"});
}

TEST_CASE("a domain that is not ours is its own destination") {
    House house;
    house.domain("a.example", "alice:*\n", "");
    CHECK(house.destinations("Carol@b.example") == Lines{"Carol@b.example remote b.example"});
    CHECK(house.destinations("carol@sub.a.example") ==
          Lines{"carol@sub.a.example remote sub.a.example"});
    CHECK(house.destinations("x@[192.0.2.1]") == Lines{"x@[192.0.2.1] remote [192.0.2.1]"});
}

TEST_CASE("the alias with the suffix counts before the one without, and both before the user") {
    House house;
    house.domain("a.example", "alice:*\nbob:*\ncarol:*\n", "al.ice+shop: bob\ncarol: alice\n");
    CHECK(house.destinations("alice+shop@a.example") == Lines{bob});
    CHECK(house.destinations("a.lice+shop@a.example") == Lines{bob});
    CHECK(house.destinations("alice+other@a.example") == Lines{alice});
    CHECK(house.destinations("carol@a.example") == Lines{alice});
    CHECK(house.destinations("carol+x@a.example") == Lines{alice});
}

TEST_CASE("an alias leads to mailboxes, other hosts and commands, each once") {
    House house;
    house.domain("a.example", "alice:*\nbob:*\n",
                 "team: alice, bob, al.ice+x, carol@c.example, other\n"
                 "other: bob, carol@c.example\n"
                 "run: | /bin/cat -u\n");
    CHECK(house.destinations("team@a.example") ==
          Lines{alice, bob, "carol@c.example remote c.example"});
    CHECK(house.destinations("run@a.example") == Lines{"run@a.example pipe /bin/cat -u"});
    house.domain("a.example", "", "both: run, again\nrun: | /bin/cat\nagain: | /bin/cat\n");
    CHECK(house.destinations("both@a.example") == Lines{"both@a.example pipe /bin/cat"});
}

TEST_CASE("a name that is its own target keeps a copy") {
    House house;
    house.domain("a.example", "alice:*\nbob:*\n",
                 "bob: bob, carol@c.example\nalice: team\nteam: alice, bob\n");
    CHECK(house.destinations("bob@a.example") == Lines{bob, "carol@c.example remote c.example"});
    CHECK(house.destinations("alice@a.example") ==
          Lines{alice, bob, "carol@c.example remote c.example"});
    CHECK(house.destinations("bob+tag@a.example") ==
          Lines{bob, "carol@c.example remote c.example"});
}

TEST_CASE("an existing user's suffix does not fall to the catch-all") {
    House house;
    house.domain("a.example", "alice:*\nbob:*\n", "*: bob\ninfo: nobody\n");
    CHECK(house.destinations("alice+x@a.example") == Lines{alice});
    CHECK(house.destinations("al.ice@a.example") == Lines{alice});
    CHECK(house.destinations("anything@a.example") == Lines{bob});
    CHECK(house.destinations("info@a.example") == Lines{bob});
    CHECK(house.destinations("\"two words\"@a.example") == Lines{bob});
    CHECK(house.destinations("postmaster@a.example") == Lines{bob});
}

TEST_CASE("a catch-all that leads to nobody leads to nobody") {
    House house;
    house.domain("a.example", "", "*: nobody\n");
    CHECK(house.destinations("x@a.example") == Lines{"nobody is behind the alias x@a.example"});
}

TEST_CASE("aliases that only come back to themselves are a loop; others still get their mail") {
    House house;
    house.domain("a.example", "bob:*\n",
                 "x: y\ny: z\nz: x\nself: self\nhalf: half, bob\nout: in@b.example\n");
    house.domain("b.example", "", "in: out@a.example\n");
    for (const auto* address : {"x@a.example", "self@a.example", "out@a.example"}) {
        CAPTURE(address);
        const auto route = house.resolve(address);
        REQUIRE_FALSE(route.has_value());
        CHECK(route.error().fault == RouteFault::AliasLoop);
    }
    CHECK(house.resolve("x@a.example").error().reason ==
          "the alias x@a.example comes back to itself");
    CHECK(house.destinations("half@a.example") == Lines{bob});
}

TEST_CASE("ten aliases in a row are followed, eleven are too many") {
    House house;
    std::string aliases;
    for (int i = 1; i <= 10; ++i)
        aliases += "a" + std::to_string(i) + ": a" + std::to_string(i + 1) + "\n";
    house.domain("a.example", "a11:*\n", aliases + "a0: a1\n");
    CHECK(house.destinations("a1@a.example") == Lines{"a11@a.example local a.example"});
    const auto route = house.resolve("a0@a.example");
    REQUIRE_FALSE(route.has_value());
    CHECK(route.error().fault == RouteFault::AliasLoop);
    CHECK(route.error().reason == "a0@a.example goes through more than 10 aliases in a row");
}

TEST_CASE("expansion is bounded in destinations and in work") {
    House house;
    std::string aliases = "many: half1, half2\n";
    for (int half = 1; half <= 2; ++half) {
        aliases += "half" + std::to_string(half) + ": ";
        for (int i = 0; i < 501; ++i)
            aliases += "u" + std::to_string(half * 1000 + i) + "@c.example,";
        aliases += "\n";
    }
    // every line names every other: without a bound this takes 9! steps
    for (int i = 0; i < 9; ++i) {
        aliases += "web" + std::to_string(i) + ": ";
        for (int j = 0; j < 9; ++j)
            aliases += "web" + std::to_string(j) + ",";
        aliases += "\n";
    }
    house.domain("a.example", "", aliases);
    CHECK(house.resolve("half1@a.example")->destinations.size() == 501);
    CHECK(house.destinations("many@a.example") ==
          Lines{"many@a.example expands to more than 1000 destinations"});
    CHECK(house.destinations("web0@a.example") == Lines{"web0@a.example expands without end"});
}

TEST_CASE("a target that nobody has is left out when others get the mail") {
    House house;
    house.domain("a.example", "alice:*\n", "info: alice, gone\nsales: gone\n");
    CHECK(house.destinations("info@a.example") == Lines{alice});
    CHECK(house.resolve("info@a.example")->trail ==
          Lines{"info@a.example -> alias -> alice@a.example",
                "info@a.example -> alias -> gone@a.example", "gone@a.example -> unknown user"});
    const auto route = house.resolve("sales@a.example");
    REQUIRE_FALSE(route.has_value());
    CHECK(route.error().fault == RouteFault::UnknownUser);
}

TEST_CASE("postmaster and abuse always reach someone (RFC 5321 4.5.1, RFC 2142, S-020)") {
    House house;
    house.domain("a.example", "alice:*\nbob:*\n", "");
    house.domain("b.example", "bob:*\n", "abuse: bob\n", "postmaster = alice@a.example\n");
    house.domain("c.example", "", "");
    house.domain("d.example", "", "", "postmaster = postmaster\n");
    CHECK(house.destinations("postmaster@a.example") == Lines{alice});
    CHECK(house.destinations("PostMaster@a.example") == Lines{alice});
    CHECK(house.destinations("abuse+x@a.example") == Lines{alice});
    CHECK(house.destinations("postmaster@b.example") == Lines{alice});
    CHECK(house.destinations("abuse@b.example") == Lines{"bob@b.example local b.example"});
    CHECK(house.destinations("postmaster@c.example") ==
          Lines{"there is no user or alias postmaster@c.example"});
    CHECK_FALSE(house.resolve("postmaster@d.example").has_value());
}

TEST_CASE("a domain may have rules of its own") {
    House house;
    house.domain("a.example", "alice:*\nal-ice:*\n", "", "suffix.separators = -\nsuffix.drop =\n");
    CHECK(house.destinations("alice-x@a.example") == Lines{alice});
    CHECK(house.destinations("al-ice@a.example") == Lines{"al-ice@a.example local a.example"});
    CHECK_FALSE(house.resolve("al.ice@a.example").has_value());
    CHECK_FALSE(house.resolve("alice+x@a.example").has_value());
}

TEST_CASE("a user who may not receive gets nothing, and is no unknown user either") {
    House house;
    house.domain("a.example",
                 "carol:*::::::userdb_postrider_receive=no\nalice:*\nbob:*::::::"
                 "userdb_postrider_disabled=yes\n",
                 "both: alice, bob\nonly: bob\n");
    for (const auto* address :
         {"bob@a.example", "bob+x@a.example", "carol@a.example", "only@a.example"}) {
        CAPTURE(address);
        const auto route = house.resolve(address);
        REQUIRE_FALSE(route.has_value());
        CHECK((route.error().fault == RouteFault::MailboxDisabled));
    }
    CHECK(house.resolve("only@a.example").error().reason == "bob@a.example may not receive mail");
    CHECK(house.destinations("both@a.example") == Lines{alice});
    CHECK(house.destinations("postmaster@a.example") == Lines{alice});
}
