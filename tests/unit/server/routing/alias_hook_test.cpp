#include "server/routing/alias_hook.h"

#include "tests/unit/server/routing/house.h"

#include <chrono>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace postrider;
using postrider::routing::RouteFault;
using postrider::test::House;
using Lines = std::vector<std::string>;

namespace {

/// A house with alice, a file and a hook that notes what it is asked.
struct HookedHouse {
    House house;

    explicit HookedHouse(const std::string& script,
                         std::filesystem::perms mode = std::filesystem::perms::owner_all) {
        house.domain("a.example", "alice:*\nbob:*\n", "team: alice\nbob: bob, x@c.example\n");
        const auto file = house.dir().write("hooks/alias-resolve",
                                            "#!/bin/sh\necho \"$#:$1\" >> asked\n" + script);
        std::filesystem::permissions(file, mode);
    }
    /// "count:address" of each call so far.
    [[nodiscard]] Lines asked() const {
        std::ifstream file{house.dir().path() / "asked"};
        Lines lines;
        for (std::string line; std::getline(file, line);)
            lines.push_back(line);
        return lines;
    }
};

const std::string alice = "alice@a.example local a.example";

}  // namespace

TEST_CASE("the hook is asked for the name as written, for the bare one, and for the catch-all") {
    struct Case {
        std::string address;
        Lines asked;
    };
    const std::vector<Case> cases{
        {"Any.Body+X.y@a.example",
         {"1:any.body+x.y@a.example", "1:anybody@a.example", "1:*@a.example"}},
        {"an.y@a.example", {"1:an.y@a.example", "1:any@a.example", "1:*@a.example"}},
        {"any@a.example", {"1:any@a.example", "1:*@a.example"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.address);
        const HookedHouse h{"exit 0\n"};
        CHECK(h.house.destinations(c.address) == Lines{"there is no user or alias " + c.address});
        CHECK(h.asked() == c.asked);
    }
}

TEST_CASE("the hook may tell spellings of a name apart") {
    const HookedHouse h{"case \"$1\" in al.ice+x@a.example) echo bob;; esac\n"};
    CHECK(h.house.destinations("al.ice+x@a.example") ==
          Lines{"bob@a.example local a.example", "x@c.example remote c.example"});
    CHECK(h.house.destinations("alice+x@a.example") == Lines{alice});
}

TEST_CASE("the hook is not asked for domains that are not ours") {
    const HookedHouse h{"exit 1\n"};
    CHECK(h.house.destinations("x@c.example") == Lines{"x@c.example remote c.example"});
    CHECK(h.asked().empty());
}

TEST_CASE("the hook is told a domain in U-labels, and an @ in the name is quoted") {
    HookedHouse h{"exit 0\n"};
    h.house.domain("xn--bcher-kva.example", "alice:*\n", "");
    CHECK(h.house.resolve("alice@xn--bcher-kva.example").has_value());
    CHECK_FALSE(h.house.resolve("\"x@y\"@a.example").has_value());
    CHECK(h.asked() == Lines{"1:alice@b\xC3\xBC"
                             "cher.example",
                             "1:\"x@y\"@a.example", "1:*@a.example"});
}

TEST_CASE("what the hook prints stands beside the targets of the file, and is followed") {
    const HookedHouse h{
        "case \"$1\" in\n"
        "  team@a.example) echo 'bob, carol@d.example via mx1/mx2,';;\n"
        "  info@a.example) echo; echo ' team ';;\n"
        "  run@a.example) echo '| /bin/cat -u';;\n"
        "  alice@a.example) echo 'alice, y@c.example';;\n"
        "  again@a.example) echo 'again';;\n"
        "  '*@a.example') echo '*@e.example';;\n"
        "esac\n"};
    const Lines team{alice, "bob@a.example local a.example", "carol@d.example remote [mx1]/[mx2]",
                     "x@c.example remote c.example", "y@c.example remote c.example"};
    CHECK(h.house.destinations("team@a.example") == team);
    CHECK(h.house.destinations("info@a.example") == team);
    CHECK(h.house.destinations("run@a.example") == Lines{"run@a.example pipe /bin/cat -u"});
    CHECK(h.house.destinations("Who.Ever@a.example") ==
          Lines{"Who.Ever@e.example remote e.example"});
    CHECK((h.house.resolve("again@a.example").error().fault == RouteFault::AliasLoop));
    // asked once for each name in a question, however often it comes up
    const auto before = h.asked().size();
    CHECK(h.house.destinations("alice@a.example") == Lines{alice, "y@c.example remote c.example"});
    CHECK(h.asked().size() == before + 1);
}

TEST_CASE("a hook that does not do its work means later, also for users and aliases of the files") {
    using std::filesystem::perms;
    struct Case {
        std::string script;
        perms mode;
        std::string reason;
    };
    const std::vector<Case> cases{
        {"echo bob; echo 'no database' >&2; exit 3\n", perms::owner_all,
         "ended with status 3: no database"},
        {"echo 'two words'\n", perms::owner_all, "printed: 'two words' is no mailbox ("},
        {"echo bob; echo carol\n", perms::owner_all, "printed: the targets hold what is no text"},
        {"printf 'bob\\377'\n", perms::owner_all, "printed: the targets hold what is no text"},
        {"head -c 300000 /dev/zero | tr '\\0' 'x'\n", perms::owner_all, "printed too much"},
        {"kill -9 $$\n", perms::owner_all, "was ended by signal 9"},
        {"exit 0\n", perms::owner_read, "is not executable"},
        {"exit 0\n", perms::all, "everybody may write to it"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.script);
        const HookedHouse h{c.script, c.mode};
        for (const auto* address : {"alice@a.example", "team@a.example", "nobody@a.example"}) {
            const auto route = h.house.resolve(address);
            REQUIRE_FALSE(route.has_value());
            CHECK((route.error().fault == RouteFault::TemporaryFailure));
            CAPTURE(route.error().reason);
            CHECK(route.error().reason.starts_with(std::string{address} + ": hooks/alias-resolve " +
                                                   c.reason));
        }
        if (c.mode == perms::owner_all) CHECK(h.asked().size() == 3);
    }
}

TEST_CASE("a hook that hangs is ended at its time limit") {
    const HookedHouse h{"sleep 600\n"};
    const auto hook = routing::AliasHook::find(h.house.dir().path());
    REQUIRE(hook);
    const auto answer = hook->ask("bob", mail::Domain::parse("a.example").value(),
                                  Deadline::after(std::chrono::milliseconds{50}));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == "hooks/alias-resolve took too long");
}

TEST_CASE("no file is no hook; a folder of that name is one that cannot run") {
    House house;
    CHECK_FALSE(routing::AliasHook::find(house.dir().path()).has_value());
    std::filesystem::create_directories(house.dir().path() / "hooks" / "alias-resolve");
    const auto hook = routing::AliasHook::find(house.dir().path());
    REQUIRE(hook);
    CHECK(hook->fault() == "is not a regular file");
}
