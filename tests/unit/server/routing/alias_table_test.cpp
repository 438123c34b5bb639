#include "server/routing/alias_table.h"

#include <doctest/doctest.h>
#include <string>
#include <variant>
#include <vector>

using namespace postrider;
using postrider::routing::AliasTable;

namespace {

Result<AliasTable, config::ConfigProblems> parse(const std::string& text) {
    return AliasTable::parse(text, "f", mail::Domain::parse("a.example").value(), {"+", "."});
}

std::string shown(const routing::AliasTarget& target) {
    const auto& where = std::get<routing::MailboxTarget>(target);
    const auto mailbox = where.mailboxFor(mail::Mailbox::parse("asked@x.example").value());
    const std::string name = where.localpart ? "" : "* as ";
    return name + mailbox.toString() + (where.via.empty() ? "" : " via " + where.via);
}

std::vector<std::string> targetsOf(const routing::Alias& alias) {
    std::vector<std::string> texts;
    for (const auto& target : alias.targets) {
        const auto* pipe = std::get_if<routing::PipeTarget>(&target);
        texts.push_back(pipe != nullptr ? "| " + pipe->command : shown(target));
    }
    return texts;
}

}  // namespace

TEST_CASE("an aliases file names mailboxes, names of its domain, commands and a catch-all") {
    const auto table = parse(
        "# comment\r\n"
        "\n"
        "Info: alice , bob@B.example,,\n"
        "in.fo+x: \"a,b\"@c.example\n"
        "  run  :|  /bin/cat -u a,b # x  \n"
        "*: alice\n");
    REQUIRE(table.has_value());
    CHECK(table->all().size() == 4);
    REQUIRE(table->find("info") != nullptr);
    CHECK(targetsOf(*table->find("info")) ==
          std::vector<std::string>{"alice@a.example", "bob@b.example"});
    CHECK(table->find("info")->line == 3);
    CHECK(targetsOf(*table->find("info+x")) == std::vector<std::string>{"\"a,b\"@c.example"});
    CHECK(targetsOf(*table->find("run")) == std::vector<std::string>{"| /bin/cat -u a,b # x"});
    CHECK(table->find("*") == nullptr);
    REQUIRE(table->catchAll() != nullptr);
    CHECK(table->find("in.fo") == nullptr);  // asked for without dropped characters
}

TEST_CASE("a line that is no alias is named by file, line and reason") {
    struct Case {
        std::string text;
        std::string sentence;
    };
    const std::vector<Case> cases{
        {"info alice", "f:1: 'info alice' is not 'name: target'"},
        {"\ninfo:", "f:2: info: there is no target"},
        {"info: ,", "f:1: info: there is no target"},
        {"info: |", "f:1: info: there is no command behind '|'"},
        {"info: bob, | /bin/cat", "f:1: info: a command stands alone: no other target beside it"},
        {"info@a.example: bob", "f:1: 'info@a.example': a name stands without its domain"},
        {": bob", "f:1: '' cannot be the name of a mailbox"},
        {"a b: bob", "f:1: 'a b' cannot be the name of a mailbox"},
        {"info: bob carol", "f:1: info: 'bob carol' is no mailbox ("},
        {"info: bob@", "f:1: info: 'bob@' is no mailbox ("},
        {"info: bob@x # why", "f:1: info: 'bob@x # why': a comment stands on a line of its own"},
        {"info: bob@ex ample", "f:1: info: 'bob@ex ample' is no mailbox ("},
        {"info: a\x01", "f:1: info: the targets hold what is no text"},
        {"info: \xff", "f:1: is not UTF-8"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto table = parse(c.text);
        REQUIRE_FALSE(table.has_value());
        CHECK(table.error().sentences.size() == 1);
        CHECK(table.error().sentences.front().starts_with(c.sentence));
    }
}

TEST_CASE(
    "of two lines for one name the later counts, as in chasquid, and says which it replaces") {
    const auto table = parse("in.fo: a\n*: c\nother: x\nINFO: b\n*: d\ninfo: e, f\n");
    REQUIRE(table.has_value());
    CHECK(table->all().size() == 3);
    CHECK(targetsOf(*table->find("info")) ==
          std::vector<std::string>{"e@a.example", "f@a.example"});
    CHECK(table->find("info")->line == 6);
    CHECK(table->find("info")->insteadOf == 4);
    CHECK(targetsOf(*table->catchAll()) == std::vector<std::string>{"d@a.example"});
    CHECK(table->catchAll()->insteadOf == 2);
    CHECK(table->find("other")->insteadOf == 0);
}

TEST_CASE("a target may keep the name that was asked for, and name the hosts to go through") {
    struct Case {
        std::string text;
        std::vector<std::string> targets;
    };
    const std::vector<Case> cases{
        {"*", {"* as asked@a.example"}},
        {"*@B.example", {"* as asked@b.example"}},
        {"*@[192.0.2.1]", {"* as asked@[192.0.2.1]"}},
        {"\"*\"@b.example", {"*@b.example"}},
        {"* via mx1.example", {"* as asked@a.example via [mx1.example]"}},
        {"bob via mx1.example/mx2.example:2525, carol@c.example",
         {"bob@a.example via [mx1.example]/[mx2.example]:2525", "carol@c.example"}},
        {"bob@b.example\tvia\t192.0.2.1 / [IPv6:2001:db8::1]:26 / [192.0.2.2]",
         {"bob@b.example via [192.0.2.1]/[2001:db8::1]:26/[192.0.2.2]"}},
        {"via", {"via@a.example"}},
        {"via via via", {"via@a.example via [via]"}},
        {"\"a via b\"@b.example", {"\"a via b\"@b.example"}},
        {"\"a, via b\"@b.example via h", {"\"a, via b\"@b.example via [h]"}},
        {"x via b\xC3\xBC"
         "cher.example",
         {"x@a.example via [xn--bcher-kva.example]"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto targets =
            routing::parseTargets(c.text, mail::Domain::parse("a.example").value());
        REQUIRE(targets.has_value());
        std::vector<std::string> texts;
        for (const auto& target : *targets)
            texts.push_back(shown(target));
        CHECK(texts == c.targets);
    }
}

TEST_CASE("hosts to go through are refused when one of them can be none") {
    struct Case {
        std::string text;
        std::string sentence;
    };
    const std::string expected = " behind 'via' is no host, expected host[:port][/host...]";
    const std::vector<Case> cases{
        {"bob via", "''" + expected},
        {"bob via ", "''" + expected},
        {"bob via mx1/", "''" + expected},
        {"bob via /mx1", "''" + expected},
        {"bob via mx1//mx2", "''" + expected},
        {"bob via mx 1", "'mx 1'" + expected},
        {"bob via mx1:0", "'mx1:0'" + expected},
        {"bob via mx1:70000", "'mx1:70000'" + expected},
        {"bob via 2001:db8::1", "'2001:db8::1'" + expected},
        {"bob via [mx1", "'[mx1'" + expected},
        {"bob via [mx1]x", "'[mx1]x'" + expected},
        {"bob via a/b/c/d/e/f", "there are more than 5 hosts behind 'via'"},
        {"*@", "'*@' is no mailbox ("},
        {"**@b.example x", "'**@b.example x' is no mailbox ("},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto table = parse("info: " + c.text);
        REQUIRE_FALSE(table.has_value());
        CHECK(table.error().sentences.front().starts_with("f:1: info: " + c.sentence));
    }
}

TEST_CASE("a line names at most a thousand targets") {
    std::string line = "all: u0";
    for (int i = 1; i < 1000; ++i)
        line += ",u" + std::to_string(i);
    CHECK(parse(line).has_value());
    CHECK(parse(line + ",more").error().sentences.front() ==
          "f:1: all: there are more than 1000 targets");
}
