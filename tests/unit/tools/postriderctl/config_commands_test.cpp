#include "tests/support/fake_dovecot.h"
#include "tests/unit/tools/postriderctl/scene.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>

using namespace postrider;
using postrider::test::Scene;

TEST_CASE("config check tells everything that is wrong at once, and ends with 78") {
    Scene scene;
    scene.dir.write("config/postrider.properties",
                    "hostname = mx.a.example\nsession.maxx = 1\nlog.level = loud\n");
    scene.dir.write("config/domains/a.example/users", "nonsense\n");
    scene.dir.write("config/domains/a.example/aliases", "nonsense\n");
    scene.dir.write("config/certs/mx/fullchain.pem", "");
    CHECK(scene.run({"config", "check"}) == 78);
    CHECK(scene.err ==
          "postrider.properties:2: session.maxx: unknown key; did you mean session.max?\n"
          "postrider.properties:3: log.level: 'loud': expected one of: debug info warning error\n"
          "domains/a.example/users:1: 'nonsense' is not name:hash\n"
          "domains/a.example/aliases:1: 'nonsense' is not 'name: target'\n"
          "certs/mx/fullchain.pem: is empty\n"
          "certs/mx/privkey.pem: No such file or directory\n");
    CHECK(scene.out.empty());
}

TEST_CASE("config check remarks on what is good but should be known, and ends with 0") {
    Scene scene;
    scene.dir.write("config/domains/a.example/users", "alice:{SSHA}x\n");
    scene.dir.write("config/domains/a.example/aliases", "info: gone\npostmaster: alice\n");
    CHECK(scene.run({"config", "check"}) == 0);
    CHECK(scene.out ==
          "remark: domains/a.example/aliases:1: info: nobody is behind the alias info@a.example\n"
          "remark: alice@a.example cannot log in: the password scheme {SSHA} is not supported\n"
          "the configuration is good\n");
}

TEST_CASE("alias show tells each step, and who gets the mail by which courier") {
    Scene scene;
    scene.dir.write("config/domains/a.example/users", "alice:*\nbob:*\n");
    scene.dir.write("config/domains/a.example/aliases",
                    "team: alice, bob+x, carol@b.example\nloop: loop\nrun: | /bin/cat\n");
    CHECK(scene.run({"alias", "show", "te.am@a.example"}) == 0);
    CHECK(scene.out ==
          "te.am@a.example -> alias -> alice@a.example\n"
          "te.am@a.example -> alias -> bob+x@a.example\n"
          "bob+x@a.example -> user -> bob@a.example\n"
          "te.am@a.example -> alias -> carol@b.example\n"
          "delivered to alice@a.example by maildir (a.example)\n"
          "delivered to bob@a.example by maildir (a.example)\n"
          "delivered to carol@b.example by smtp (b.example)\n");
    CHECK(scene.run({"alias", "show", "run@a.example"}) == 0);
    CHECK(scene.out ==
          "run@a.example -> alias -> | /bin/cat\ndelivered to run@a.example by pipe (/bin/cat)\n");
    CHECK(scene.run({"alias", "show", "postmaster"}) == 0);
    CHECK(scene.out.ends_with("delivered to alice@a.example by maildir (a.example)\n"));
    CHECK(scene.run({"alias", "show", "loop@a.example"}) == 67);
    CHECK(scene.err == "postriderctl: the alias loop@a.example comes back to itself\n");
    CHECK(scene.run({"alias", "show", "nobody@a.example"}) == 67);
    CHECK(scene.run({"alias", "show", "not an address"}) == 65);
}

TEST_CASE("alias show asks Dovecot as the server would, and config check takes its word") {
    Scene scene;
    const auto userdb = scene.dir / "userdb";
    scene.dir.write("config/postrider.properties",
                    "hostname = mx.a.example\ndata.dir = " + (scene.dir / "data").string() +
                        "\ndovecot.userdb_socket = " + userdb.string() +
                        "\ndovecot.client_socket = " + (scene.dir / "client").string() + "\n");
    scene.dir.write("config/domains/a.example/users", "alice:*\npostmaster:*\n");
    scene.dir.write("config/domains/a.example/aliases", "team: alice, zoe\nzoes: zoe\n");
    CHECK(scene.run({"alias", "show", "zoe@a.example"}) == 69);
    CHECK(scene.err.find(userdb.string()) != std::string::npos);
    CHECK(scene.run({"config", "check"}) == 0);
    CHECK(scene.out == "the configuration is good\n");
    {
        const test::FakeDovecot dovecot{userdb, test::FakeDovecot::userdbGreeting, "USER\t1\tx\n"};
        CHECK(scene.run({"alias", "show", "zo.e+x@a.example"}) == 0);
        CHECK(scene.out.ends_with(" by maildir (a.example)\n"));
        CHECK(scene.run({"alias", "show", "team@a.example"}) == 0);
        CHECK(
            scene.out.ends_with("delivered to alice@a.example by maildir (a.example)\n"
                                "delivered to zoe@a.example by maildir (a.example)\n"));
    }
    std::filesystem::remove(userdb);
    const test::FakeDovecot dovecot{userdb, test::FakeDovecot::userdbGreeting, "NOTFOUND\t1\n"};
    CHECK(scene.run({"alias", "show", "zoe@a.example"}) == 67);
}

TEST_CASE("domains are listed with the name that people read") {
    Scene scene;
    CHECK(scene.run({"domain", "list"}) == 0);
    CHECK(scene.out.empty());
    scene.dir.write("config/domains/xn--mnchen-3ya.example/users", "");
    scene.dir.write("config/domains/a.example/users", "");
    CHECK(scene.run({"domain", "list"}) == 0);
    CHECK(scene.out == "a.example\nxn--mnchen-3ya.example  (m\xC3\xBCnchen.example)\n");
}

TEST_CASE("plugin list says what is wrong with a file that is no plugin") {
    Scene scene;
    const auto plugins = scene.dir / "plugins";
    scene.dir.write("config/postrider.properties",
                    "hostname = mx.a.example\nplugin.dir = " + plugins.string() + "\n");
    CHECK(scene.run({"plugin", "list"}) == 66);
    CHECK(scene.err == "postriderctl: " + plugins.string() + ": No such file or directory\n");
    scene.dir.write("plugins/courier_text.so", "only text");
    scene.dir.write("plugins/README", "passed over");
    CHECK(scene.run({"plugin", "list"}) == 69);
    CHECK(scene.err.find("courier_text.so") != std::string::npos);
}
