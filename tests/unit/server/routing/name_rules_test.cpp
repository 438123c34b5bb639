#include "server/routing/name_rules.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using postrider::routing::NameRules;

TEST_CASE("suffixes are cut at the first separator, dropped characters only before it") {
    struct Case {
        std::string name;
        std::string withoutSuffix;
        std::string withoutDropped;
    };
    const NameRules rules{"+-", "._"};
    const std::vector<Case> cases{
        {"alice", "alice", "alice"},
        {"al.i_ce+a.b", "al.i_ce", "alice+a.b"},
        {"alice-x+y", "alice", "alice-x+y"},
        {"alice+", "alice", "alice+"},
        {"+alice", "+alice", "+alice"},
        {"..", "..", ".."},
        {"._+x", "._", "._+x"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(rules.withoutSuffix(c.name) == c.withoutSuffix);
        CHECK(rules.withoutDropped(c.name) == c.withoutDropped);
    }
    const NameRules none{"", ""};
    CHECK(none.withoutSuffix("a+b.c") == "a+b.c");
    CHECK(none.withoutDropped("a+b.c") == "a+b.c");
}
