#include "common/base/text_file.h"
#include "server/auth/password_hash.h"
#include "tests/unit/tools/postriderctl/scene.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>

using namespace postrider;
using postrider::test::Scene;

namespace {

mode_t modeOf(const std::filesystem::path& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

int add(Scene& scene, const std::string& address, const std::string& password = "secret") {
    scene.terminal.lines = {password};
    return scene.run({"user", "add", address, "--password-stdin"});
}

}  // namespace

TEST_CASE("the first user of a domain makes its folder, closed to strangers") {
    Scene scene;
    CHECK(add(scene, "Alice@A.Example") == 0);
    CHECK(scene.out == "added alice@a.example\n");
    const auto folder = scene.dir / "config/domains/a.example";
    CHECK(modeOf(folder) == 0750);
    CHECK(modeOf(folder / "users") == 0640);
    const auto text = readTextFile(folder / "users").value();
    REQUIRE(text.starts_with("alice:{CRYPT}$y$"));
    const auto hash = text.substr(6, text.size() - 7);
    CHECK(auth::verifyPassword("secret", hash).value() == auth::Match::Yes);
    CHECK(text.find("secret") == std::string::npos);
}

TEST_CASE("a domain's folder is found in every spelling that means the domain") {
    Scene scene;
    scene.dir.write("config/domains/m\xC3\xBCnchen.example/users", "");
    CHECK(add(scene, "alice@xn--mnchen-3ya.example") == 0);
    CHECK_FALSE(std::filesystem::exists(scene.dir / "config/domains/xn--mnchen-3ya.example"));
    CHECK(scene.run({"user", "list", "M\xC3\x9CNCHEN.example"}) == 0);
    CHECK(scene.out == "alice@xn--mnchen-3ya.example\n");
}

TEST_CASE("users are listed, checked, changed and removed") {
    Scene scene;
    CHECK(add(scene, "alice@a.example") == 0);
    CHECK(add(scene, "bob@b.example") == 0);
    scene.dir.write("config/domains/c.example/users", "carol:*\ndave:{ARGON2ID}x\n");
    CHECK(scene.run({"user", "list"}) == 0);
    CHECK(scene.out ==
          "alice@a.example\nbob@b.example\ncarol@c.example  (may not log in)\n"
          "dave@c.example  (cannot log in: the hash is not of the scheme {ARGON2ID} before it)\n");

    scene.terminal.lines = {"secret"};
    CHECK(scene.run({"user", "check", "alice@a.example", "--password-stdin"}) == 0);
    scene.terminal.lines = {"Secret"};
    CHECK(scene.run({"user", "check", "alice@a.example", "--password-stdin"}) == 1);
    CHECK(scene.err == "postriderctl: this is not the password of alice@a.example\n");

    scene.terminal.lines = {"better"};
    CHECK(scene.run({"user", "passwd", "alice@a.example", "--password-stdin"}) == 0);
    scene.terminal.lines = {"better"};
    CHECK(scene.run({"user", "check", "ALICE@a.example", "--password-stdin"}) == 0);

    CHECK(scene.run({"user", "remove", "alice@a.example"}) == 0);
    CHECK(scene.run({"user", "list", "a.example"}) == 0);
    CHECK(scene.out.empty());
}

TEST_CASE("at a terminal a new password is asked for twice") {
    Scene scene;
    scene.terminal.lines = {"secret", "secret"};
    CHECK(scene.run({"user", "add", "alice@a.example"}) == 0);
    CHECK(scene.terminal.prompts == std::vector<std::string>{"Password: ", "Again: "});
    scene.terminal.lines = {"one", "two"};
    CHECK(scene.run({"user", "passwd", "alice@a.example"}) == 65);
    CHECK(scene.err == "postriderctl: the two passwords differ\n");
}

TEST_CASE("what cannot be done says why, with its exit code, and changes nothing") {
    struct Case {
        std::vector<std::string> words;
        int code;
        std::string message;
    };
    const std::vector<Case> cases{
        {{"user", "add", "alice@a.example"}, 73, "alice@a.example exists already"},
        {{"user", "add", "alice"}, 65, "'alice' is not an address: name@domain"},
        {{"user", "add", "a b@a.example"},
         65,
         "'a b' cannot be the name of a mailbox (RFC 8265 section 3.3)"},
        {{"user", "add", "../../etc@a.example"},
         65,
         "'../../etc' cannot be the name of a mailbox (RFC 8265 section 3.3)"},
        {{"user", "add", "a/b@a.example"}, 65, "'a/b': a user's name holds no ':', '/' or '#'"},
        {{"user", "remove", "bob@a.example"}, 67, "there is no user bob@a.example"},
        {{"user", "remove", "bob@nowhere.example"}, 67, "there is no user bob@nowhere.example"},
        {{"user", "passwd", "bob@a.example"}, 67, "there is no user bob@a.example"},
        {{"user", "check", "bob@a.example"}, 67, "there is no user bob@a.example"},
        {{"user", "list", "b.example"}, 67, "b.example is not one of our domains"},
        {{"user", "add", "x@broken.example"},
         78,
         "domains/broken.example/users:1: 'nonsense' is not name:hash"},
    };
    Scene scene;
    CHECK(add(scene, "alice@a.example") == 0);
    scene.dir.write("config/domains/broken.example/users", "nonsense\n");
    const auto before = readTextFile(scene.dir / "config/domains/a.example/users").value();
    for (const Case& c : cases) {
        CAPTURE(c.message);
        scene.terminal.lines = {"secret", "secret"};
        CHECK(scene.run(c.words) == c.code);
        CHECK(scene.err == "postriderctl: " + c.message + "\n");
    }
    CHECK(readTextFile(scene.dir / "config/domains/a.example/users").value() == before);
    CHECK_FALSE(std::filesystem::exists(scene.dir / "config/domains/nowhere.example"));
}

TEST_CASE("passwords that cannot be are refused before anything is written") {
    Scene scene;
    CHECK(add(scene, "alice@a.example", "") == 65);
    CHECK(scene.err == "postriderctl: the password is empty\n");
    CHECK(add(scene, "alice@a.example", std::string(512, 'x')) == 65);
    scene.terminal.lines.clear();
    CHECK(scene.run({"user", "add", "alice@a.example", "--password-stdin"}) == 65);
    CHECK(scene.err == "postriderctl: standard input is empty\n");
    CHECK_FALSE(std::filesystem::exists(scene.dir / "config/domains"));
}

TEST_CASE("a user may be kept as a SCRAM verifier, and no scheme is made up") {
    Scene scene;
    scene.terminal.lines = {"secret"};
    CHECK(scene.run({"user", "add", "alice@a.example", "--password-stdin", "--scheme",
                     "scram-sha-256"}) == 0);
    const auto file = scene.dir / "config/domains/a.example/users";
    CHECK(readTextFile(file).value().starts_with("alice:{SCRAM-SHA-256}40000,"));
    scene.terminal.lines = {"secret"};
    CHECK(scene.run({"user", "check", "alice@a.example", "--password-stdin"}) == 0);
    // who logs in by SCRAM goes on to do so
    scene.terminal.lines = {"good"};
    CHECK(scene.run({"user", "passwd", "alice@a.example", "--password-stdin"}) == 0);
    CHECK(readTextFile(file).value().starts_with("alice:{SCRAM-SHA-256}40000,"));
    scene.terminal.lines = {"good"};
    CHECK(scene.run({"user", "check", "alice@a.example", "--password-stdin"}) == 0);
    scene.terminal.lines = {"better"};
    CHECK(scene.run(
              {"user", "passwd", "alice@a.example", "--password-stdin", "--scheme=yescrypt"}) == 0);
    CHECK(readTextFile(file).value().starts_with("alice:{CRYPT}$y$"));
    scene.terminal.lines = {"better"};
    CHECK(scene.run({"user", "passwd", "alice@a.example", "--password-stdin", "--scheme=md5"}) ==
          65);
    CHECK(scene.err == "postriderctl: 'md5' is no scheme; there are yescrypt and scram-sha-256\n");
}

TEST_CASE("a user is disabled, enabled and limited, and the list tells") {
    Scene scene;
    scene.dir.write("config/domains/a.example/users", "alice:*\nbob:*\n");
    CHECK(scene.run({"user", "disable", "alice@a.example"}) == 0);
    CHECK(scene.out == "disabled alice@a.example\n");
    CHECK(scene.run({"user", "set", "bob@a.example", "send=no", "max_size=10M"}) == 0);
    CHECK(scene.run({"user", "list"}) == 0);
    CHECK(scene.out ==
          "alice@a.example  (may not log in; disabled)\n"
          "bob@a.example  (may not log in; may not send; at most 10485760 octets)\n");
    CHECK(scene.run({"user", "enable", "alice@a.example"}) == 0);
    CHECK(scene.run({"user", "set", "bob@a.example", "send=", "max_size="}) == 0);
    CHECK(scene.run({"user", "list"}) == 0);
    CHECK(scene.out == "alice@a.example  (may not log in)\nbob@a.example  (may not log in)\n");

    CHECK(scene.run({"user", "set", "bob@a.example", "receive=no", "colour=red"}) == 65);
    CHECK(scene.run({"user", "set", "bob@a.example", "receive"}) == 64);
    CHECK(scene.run({"user", "set", "carol@a.example", "send=no"}) == 67);
    CHECK(scene.run({"user", "list"}) == 0);
    CHECK(scene.out == "alice@a.example  (may not log in)\nbob@a.example  (may not log in)\n");
}

TEST_CASE("a hash that is cheap to guess from is said to be so") {
    Scene scene;
    scene.dir.write("config/domains/a.example/users",
                    "alice:{MD5-CRYPT}$1$saltstri$YMyguxXMBpd2TEZ.vS/3q1\n");
    CHECK(scene.run({"user", "list"}) == 0);
    CHECK(scene.out == "alice@a.example  (password should be set anew: MD5-CRYPT)\n");
    scene.terminal.lines = {"Hello world!"};
    CHECK(scene.run({"user", "check", "alice@a.example", "--password-stdin"}) == 0);
    CHECK(scene.out.find("it is kept as MD5-CRYPT") != std::string::npos);
}
