#include "tests/unit/tools/postriderctl/scene.h"
#include "tools/postriderctl/commands.h"

#include <doctest/doctest.h>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace postrider;
using postrider::test::Scene;

TEST_CASE("a command line that makes no sense ends with 64 and says why") {
    struct Case {
        std::vector<std::string> words;
        std::string message;
    };
    const std::vector<Case> cases{
        {{}, "postriderctl: a command is missing; see: postriderctl help\n"},
        {{"user"}, "postriderctl: unknown command 'user'; see: postriderctl help\n"},
        {{"user", "frobnicate", "x"},
         "postriderctl: unknown command 'user frobnicate x'; see: postriderctl help\n"},
        {{"user", "add"},
         "postriderctl: something is missing; usage: postriderctl user add ADDRESS "
         "[--password-stdin] [--scheme yescrypt|scram-sha-256]\n"},
        {{"user", "remove", "a@b", "c@d"},
         "postriderctl: 'c@d' is too much; usage: postriderctl user remove ADDRESS\n"},
        {{"user", "remove", "--force", "a@b"},
         "postriderctl: unknown option --force; usage: postriderctl user remove ADDRESS\n"},
        {{"user", "add", "a@b", "--scheme"},
         "postriderctl: --scheme needs a scheme; see: postriderctl help\n"},
        {{"user", "list", "--scheme=yescrypt"},
         "postriderctl: unknown option --scheme; usage: postriderctl user list [DOMAIN]\n"},
        {{"--config-dir"}, "postriderctl: --config-dir needs a folder; see: postriderctl help\n"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.message);
        Scene scene;
        CHECK(scene.run(c.words) == 64);
        CHECK(scene.err == c.message);
        CHECK(scene.out.empty());
    }
}

TEST_CASE("--config-dir stands anywhere and in both forms, and behind -- nothing is an option") {
    Scene scene;
    scene.dir.write("other/postrider.properties", "");
    scene.dir.write("other/domains/b.example/users", "bob:*\n");
    const std::string other = (scene.dir / "other").string();
    CHECK(scene.run({"domain", "--config-dir", other, "list"}) == 0);
    CHECK(scene.out == "b.example\n");
    CHECK(scene.run({"domain", "list", "--config-dir=" + other}) == 0);
    CHECK(scene.out == "b.example\n");
    CHECK(scene.run({"user", "list", "--", "--config-dir"}) == 65);
}

TEST_CASE("help names every command; --help and --version work with anything beside them") {
    Scene scene;
    CHECK(scene.run({"help"}) == 0);
    for (const auto& command : ctl::commands()) {
        CAPTURE(command.name);
        CHECK(scene.out.find("  " + std::string{command.name}) != std::string::npos);
        CHECK(scene.out.find(command.summary) != std::string::npos);
    }
    CHECK(scene.run({"user", "add", "--help"}) == 0);
    CHECK(scene.out.starts_with("usage: postriderctl [--config-dir DIR] COMMAND"));
    CHECK(scene.run({"--version"}) == 0);
    CHECK(scene.out.starts_with("postriderctl "));
    CHECK(scene.run({"version"}) == 0);
}

TEST_CASE("the names of commands are distinct and none hides another") {
    std::set<std::string_view> names;
    for (const auto& command : ctl::commands())
        CHECK(names.insert(command.name).second);
}

TEST_CASE("a line from standard input ends at its line end, and a terminal is asked for secrets") {
    std::istringstream in{"secret word \r\nnext"};
    std::ostringstream prompts;
    ctl::SystemTerminal terminal{in, prompts};
    CHECK(terminal.readLine().value() == "secret word ");
    CHECK(terminal.readLine().value() == "next");
    CHECK(terminal.readLine().error() == "standard input is empty");
}
