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

TEST_CASE("a broken alias or a closed account leaves no role without anybody (RFC 5321 4.5.1)") {
    struct Case {
        std::string what;
        std::string users;
        std::string aliases;
        std::string properties;
        Lines reached;
    };
    const std::string closed = ":*::::::userdb_postrider_receive=no\n";
    const std::vector<Case> cases{
        {"aliases to nobody", "alice:*\n", "postmaster: gone\nabuse: gone\n", "", {alice}},
        {"aliases to each other",
         "alice:*\n",
         "postmaster: abuse\nabuse: postmaster\n",
         "",
         {alice}},
        {"a catch-all to nobody", "alice:*\n", "*: gone\n", "", {alice}},
        {"closed accounts",
         "postmaster" + closed + "abuse" + closed + "alice:*\n",
         "",
         "",
         {alice}},
        {"a postmaster who is not there", "alice:*\n", "", "postmaster = gone\n", {alice}},
        {"all of it",
         "alice:*\nbob" + closed,
         "postmaster: bob\nabuse: bob\n",
         "postmaster = bob\n",
         {alice}},
        {"one for both by an alias", "alice:*\nbob:*\n", "postmaster: bob\n", "", {bob}},
        {"one for both by an account",
         "alice:*\npostmaster:*\n",
         "",
         "",
         {"postmaster@a.example local a.example"}},
        {"elsewhere, without any user",
         "",
         "postmaster: x@c.example\n",
         "",
         {"x@c.example remote c.example"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.what);
        House house;
        house.domain("a.example", c.users, c.aliases, c.properties);
        CHECK(house.destinations("postmaster@a.example") == c.reached);
        CHECK(house.destinations("abuse+x@a.example") == c.reached);
    }
    House house;
    house.domain("a.example", "alice:*\n", "info: gone\n");
    CHECK_FALSE(house.resolve("info@a.example").has_value());
}

TEST_CASE("a domain may have rules of its own") {
    House house;
    house.domain("a.example", "alice:*\nal-ice:*\n", "", "suffix.separators = -\nsuffix.drop =\n");
    CHECK(house.destinations("alice-x@a.example") == Lines{alice});
    CHECK(house.destinations("al-ice@a.example") == Lines{"al-ice@a.example local a.example"});
    CHECK_FALSE(house.resolve("al.ice@a.example").has_value());
    CHECK_FALSE(house.resolve("alice+x@a.example").has_value());
}

TEST_CASE("each of chasquid's alias behaviours") {
    House house;
    house.domain("a.example", "alice:*\nbob:*\njane.doe:*\n",
                 "fan: alice, bob, x@elsewhere.example\n"
                 "twice: bob, fan\n"
                 "bob: bob, copy@elsewhere.example\n"
                 "cmd: | /bin/cat\n"
                 "al.ice+shop: x@elsewhere.example\n"
                 "moved: *@new.example\n"
                 "relayed: bob@b.example via mx1/mx2\n"
                 "here: alice via mx1\n"
                 "chain: chain2\nchain2: chain3\nchain3: alice\n"
                 "foreign: user@second.example\n"
                 "dead: nobody1, nobody2\n"
                 "knot: tie\ntie: knot\n"
                 "\xC3\xB1o\xC3\xB1o: alice\n"
                 "*: alice\n");
    house.domain("second.example", "", "user: bob@a.example\n*: *@new.example\n");
    house.domain("backup.example", "kept:*\n", "*: * via primary.example/second.example:26\n");
    house.domain("strict.example", "", "gone: nobody\n");
    const Lines bobAndCopy{bob, "copy@elsewhere.example remote elsewhere.example"};
    struct Case {
        const char* address;
        Lines destinations;
    };
    const std::vector<Case> cases{
        {"fan@a.example",
         {alice, bobAndCopy[0], bobAndCopy[1], "x@elsewhere.example remote elsewhere.example"}},
        {"twice@a.example",
         {alice, bobAndCopy[0], bobAndCopy[1], "x@elsewhere.example remote elsewhere.example"}},
        {"bob@a.example", bobAndCopy},
        {"b.o.b+tag@a.example", bobAndCopy},
        {"cmd+x@a.example", {"cmd+x@a.example pipe /bin/cat"}},
        {"alice+shop@a.example", {"x@elsewhere.example remote elsewhere.example"}},
        {"alice+other@a.example", {alice}},
        {"jane.doe+x@a.example", {"jane.doe@a.example local a.example"}},
        {"Mo.ved+Tag@a.example", {"Mo.ved+Tag@new.example remote new.example"}},
        {"relayed@a.example", {"bob@b.example remote [mx1]/[mx2]"}},
        {"here@a.example", {"alice@a.example remote [mx1]"}},
        {"chain@a.example", {alice}},
        {"foreign@a.example", bobAndCopy},
        {"dead@a.example", {alice}},
        {"knot@a.example", {"the alias knot@a.example comes back to itself"}},
        {"\xC3\x91O\xC3\x91O@a.example", {alice}},
        {"whoever@a.example", {alice}},
        {"Any.Body+x@second.example", {"Any.Body+x@new.example remote new.example"}},
        {"some.one+x@backup.example",
         {"some.one+x@backup.example remote [primary.example]/[second.example]:26"}},
        {"kept+x@backup.example", {"kept@backup.example local backup.example"}},
        {"gone@strict.example", {"nobody is behind the alias gone@strict.example"}},
        {"other@strict.example", {"there is no user or alias other@strict.example"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.address);
        CHECK(house.destinations(c.address) == c.destinations);
    }
}

TEST_CASE("a star that leads back to its own name is a loop") {
    House house;
    house.domain("a.example", "", "*: *\n");
    house.domain("b.example", "", "x: *@c.example\n");
    house.domain("c.example", "", "*: *@b.example\n");
    CHECK_FALSE(house.resolve("any@a.example").has_value());
    const auto route = house.resolve("x@b.example");
    REQUIRE_FALSE(route.has_value());
    CHECK((route.error().fault == RouteFault::AliasLoop));
}

TEST_CASE("U-labels and A-labels name the same domain in folders, targets and recipients") {
    const std::string unicode =
        "b\xC3\xBC"
        "cher.example";
    const std::string ascii = "xn--bcher-kva.example";
    for (const auto& folder : {unicode, ascii}) {
        CAPTURE(folder);
        House house;
        house.domain(folder, "alice:*\n", "one: alice@" + unicode + "\ntwo: alice@" + ascii + "\n");
        for (const auto& domain : {unicode, ascii,
                                   std::string{"B\xC3\x9C"
                                               "CHER.Example"}}) {
            for (const auto* name : {"alice", "one", "two"}) {
                CAPTURE(domain);
                CHECK(house.destinations(name + ("@" + domain)) ==
                      Lines{"alice@" + ascii + " local " + ascii});
            }
        }
    }
}

TEST_CASE("quoted local parts and address literals are never split anew (D27)") {
    House house;
    house.domain("a.example", "alice:*\n", "");
    house.domain("evil.example", "alice:*\n", "*: alice\n");
    CHECK(house.destinations("\"alice@a.example\"@b.example") ==
          Lines{"\"alice@a.example\"@b.example remote b.example"});
    CHECK(house.destinations("\"alice@a.example\"@a.example") ==
          Lines{"there is no user or alias \"alice@a.example\"@a.example"});
    CHECK(house.destinations("\"bob@a.example\"@evil.example") ==
          Lines{"alice@evil.example local evil.example"});
    CHECK(house.destinations("alice@[IPv6:2001:db8::1]") ==
          Lines{"alice@[IPv6:2001:db8::1] remote [IPv6:2001:db8::1]"});
    CHECK(house.destinations("\" alice\"@a.example") ==
          Lines{"there is no user or alias \" alice\"@a.example"});
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
