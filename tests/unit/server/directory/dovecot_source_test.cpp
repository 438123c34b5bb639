#include "server/directory/dovecot_source.h"

#include "common/base/text.h"
#include "server/directory/dovecot_connection.h"
#include "tests/support/addresses.h"
#include "tests/support/fake_dovecot.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <optional>
#include <string>

using namespace postrider;
using directory::DovecotSource;
using test::FakeDovecot;
using test::mailbox;
using test::TempDir;
using namespace std::chrono_literals;

namespace {

/// A DovecotSource and the sockets it speaks to.
struct House {
    TempDir folder;
    DovecotSource source{{folder / "client", folder / "userdb", 3000ms}};
    std::optional<FakeDovecot> peer;

    /// What comes of a USER question that is answered so.
    Result<std::optional<users::Account>, std::string> find(
        const std::string& reply, const char* greeting = FakeDovecot::userdbGreeting) {
        restart("userdb", greeting, reply);
        return source.find(mailbox("Alice@a.example"));
    }
    /// What comes of an AUTH question that is answered so.
    Result<bool, std::string> check(const std::string& reply) {
        restart("client", FakeDovecot::clientGreeting, reply);
        return source.check(mailbox("alice@a.example"), "secret");
    }
    void restart(const char* name, const char* greeting, const std::string& reply) {
        peer.reset();
        std::filesystem::remove(folder / name);
        peer.emplace(folder / name, greeting, reply);
    }
};

}  // namespace

TEST_CASE("userdb: USER is an account without a hash, NOTFOUND nobody, all else an error") {
    House house;
    const auto found = house.find("USER\t1\talice@a.example\tuid=8\tgid=8\n");
    REQUIRE((found && *found));
    CHECK((*found)->name == "alice@a.example");
    CHECK((*found)->hash.empty());
    CHECK(((*found)->maySend && (*found)->mayReceive));
    CHECK(house.peer->heard() ==
          std::vector<std::string>{"VERSION\t1\t1", "USER\t1\talice@a.example\tservice=smtp"});
    const auto nobody = house.find("NOTFOUND\t1\n");
    REQUIRE(nobody);
    CHECK_FALSE(nobody->has_value());

    for (const auto* odd : {"FAIL\t1\tcode=temp_fail\n", "FAIL\t1\n", "USER\t2\talice@a.example\n",
                            "NOTFOUND\n", "\n", ""}) {
        CAPTURE(odd);
        CHECK_FALSE(house.find(odd).has_value());
    }
}

TEST_CASE("passdb: OK is yes, FAIL is no, a temporary FAIL and all else an error") {
    House house;
    CHECK(*house.check("OK\t1\tuser=alice@a.example\n"));
    const auto heard = house.peer->heard();
    REQUIRE(heard.size() == 3);
    CHECK(heard[1].starts_with("CPID\t"));
    CHECK(heard[2] == "AUTH\t1\tPLAIN\tservice=smtp\tsecured\tno-penalty\tnologin\tresp=" +
                          text::toBase64(std::string{"\0alice@a.example\0secret", 23}));

    CHECK_FALSE(*house.check("FAIL\t1\tuser=alice@a.example\n"));
    CHECK_FALSE(*house.check("FAIL\t1\tuser=alice@a.example\tcode=user_disabled\n"));
    for (const auto* odd : {"FAIL\t1\tuser=alice@a.example\ttemp\n", "FAIL\t1\tcode=temp_fail\n",
                            "CONT\t1\t\n", "OK\t9\n", ""}) {
        CAPTURE(odd);
        CHECK_FALSE(house.check(odd).has_value());
    }
}

TEST_CASE("nothing in a name or a password can begin another field or line") {
    CHECK(directory::dovecotField({"a\tb\nc\rd\0e\001f", 11}) == "a\001tb\001nc\001rd\0010e\0011f");
    House house;
    house.restart("client", FakeDovecot::clientGreeting, "OK\t1\n");
    CHECK(*house.source.check(mailbox("alice@a.example"), "a\tb\nOK\t1"));
    CHECK(house.peer->heard().size() == 3);
    // neither fits into AUTH PLAIN, so neither can be right
    CHECK_FALSE(*house.source.check(mailbox("alice@a.example"), std::string_view{"a\0b", 3}));
    CHECK_FALSE(*house.source.check(mailbox("alice@a.example"), std::string(7000, 'x')));
    CHECK(house.peer->heard().size() == 3);
}

TEST_CASE("a Dovecot that is gone, silent, endless or of another protocol is an error") {
    House house;
    const auto gone = house.source.find(mailbox("alice@a.example"));
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error() == (house.folder / "userdb").string() + ": No such file or directory");

    const std::string user = "USER\t1\talice@a.example\n";
    CHECK_FALSE(house.find(user, "VERSION\t2\t0\nSPID\t1\n").has_value());
    CHECK_FALSE(house.find(user, "SPID\t1\n").has_value());
    CHECK_FALSE(house.find("USER\t1\t" + std::string(100'000, 'x') + "\n").has_value());

    DovecotSource hasty{{house.folder / "client", house.folder / "userdb", 50ms}};
    house.restart("userdb", FakeDovecot::userdbGreeting, "silence");
    const auto silent = hasty.find(mailbox("alice@a.example"));
    REQUIRE_FALSE(silent.has_value());
    CHECK(house.find(user).has_value());
}

TEST_CASE("the probe wants both sockets") {
    House house;
    house.restart("userdb", FakeDovecot::userdbGreeting, "");
    const auto half = house.source.probe();
    REQUIRE_FALSE(half.has_value());
    CHECK(half.error().find("client") != std::string::npos);
    const FakeDovecot client{house.folder / "client", FakeDovecot::clientGreeting, ""};
    CHECK(house.source.probe().has_value());
}

TEST_CASE("userdb: what the user may is said as in a users file, and nonsense is an error") {
    House house;
    const auto limited = house.find(
        "USER\t1\talice@a.example\tuid=8\tpostrider_send=no\tpostrider_max_size=10K\t"
        "postrider_max_recipients=3\tpostriderx=1\n");
    REQUIRE((limited && *limited));
    CHECK_FALSE((*limited)->maySend);
    CHECK((*limited)->mayReceive);
    CHECK((*limited)->maxSize == 10240);
    CHECK((*limited)->maxRecipients == 3);
    const auto disabled = house.find("USER\t1\talice@a.example\tpostrider_disabled=yes\n");
    REQUIRE((disabled && *disabled));
    CHECK_FALSE((*disabled)->maySend);
    CHECK_FALSE((*disabled)->mayReceive);
    const auto nonsense = house.find("USER\t1\talice@a.example\tpostrider_send=perhaps\n");
    REQUIRE_FALSE(nonsense.has_value());
    CHECK(nonsense.error().starts_with("alice@a.example: answered 'postrider_send=perhaps': "));
}

TEST_CASE("a refusal is imitated by a login of nobody's password") {
    House house;
    house.restart("client", FakeDovecot::clientGreeting, "FAIL\t1\tuser=alice@a.example\n");
    CHECK(house.source.imitateRefusal(mailbox("alice@a.example")).has_value());
    const auto heard = house.peer->heard();
    REQUIRE(heard.size() == 3);
    CHECK(heard[2].ends_with(
        "resp=" + text::toBase64(std::string{"\0alice@a.example\0the password of nobody", 39})));
    house.peer.reset();
    CHECK_FALSE(house.source.imitateRefusal(mailbox("alice@a.example")).has_value());
}
