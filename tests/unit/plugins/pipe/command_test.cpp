#include "plugins/couriers/pipe/command.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using namespace std::string_literals;
using couriers::Command;
using Arguments = std::vector<std::string>;

namespace {

const plugin::Placeholders values{{'u', "al ice"}, {'d', "example.org"}, {'f', ""}};

}  // namespace

TEST_CASE("a command is cut at spaces, quotes keep them, and no shell has a say") {
    struct Case {
        std::string line;
        Arguments arguments;
    };
    const std::vector<Case> cases{
        {"/bin/cat", {"/bin/cat"}},
        {"  /bin/x\t-a   b ", {"/bin/x", "-a", "b"}},
        {R"(x 'a b' "c d")", {"x", "a b", "c d"}},
        {R"(x a'b c'd"e")", {"x", "ab cde"}},
        {R"(x '' "")", {"x", "", ""}},
        {R"(x "a\"b\\c" 'a\b')", {"x", "a\"b\\c", "a\\b"}},
        {R"(x a\b)", {"x", "a\\b"}},
        {"x $(id) `id` ; rm -rf / | y > z &",
         {"x", "$(id)", "`id`", ";", "rm", "-rf", "/", "|", "y", ">", "z", "&"}},
    };
    for (const auto& c : cases) {
        CAPTURE(c.line);
        const auto command = Command::parse(c.line);
        REQUIRE(command);
        CHECK(*command->fill(values) == c.arguments);
    }
}

TEST_CASE("what cannot be a command is refused with the reason") {
    struct Case {
        std::string line;
        std::string reason;
    };
    const std::vector<Case> cases{
        {"", "names no program"},
        {"  ", "names no program"},
        {"'' x", "names no program"},
        {"x 'a", "has a quote that is not closed"},
        {"x \"a\\\"", "has a quote that is not closed"},
        {"/bin/%u", "must not take the program's name from an address"},
        {"x %q", "has %q, which is not known here"},
        {"x\0y"s, "has a NUL in it"},
        {"x" + std::string(600, ' ') + "y", ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.line);
        const auto command = Command::parse(c.line);
        CHECK(command.has_value() == c.reason.empty());
        if (!command) CHECK(command.error() == c.reason);
    }
    std::string many = "x";
    for (int i = 0; i < 300; ++i)
        many += " a";
    CHECK(Command::parse(many).error() == "has too many arguments");
}

TEST_CASE("a value fills its place and never makes two arguments") {
    const auto command = Command::parse("x -f %f -d %u@%d '%%' --to=%u");
    REQUIRE(command);
    CHECK(*command->fill(values) ==
          Arguments{"x", "-f", "", "-d", "al ice@example.org", "%", "--to=al ice"});
}

TEST_CASE("no value becomes an option (a local part that begins with -)") {
    const plugin::Placeholders hostile{{'u', "-oQ/tmp"}, {'d', "x"}, {'f', "-f@x"}};
    CHECK(Command::parse("x %u")->fill(hostile).error() == 'u');
    CHECK(Command::parse("x '%u@%d'")->fill(hostile).error() == 'u');
    CHECK(Command::parse("x %f")->fill(hostile).error() == 'f');
    // Where the configuration wrote what stands in front, the value is only a part.
    CHECK(*Command::parse("x -r%u to:%f")->fill(hostile) == Arguments{"x", "-r-oQ/tmp", "to:-f@x"});
}
