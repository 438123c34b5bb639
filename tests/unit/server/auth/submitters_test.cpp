#include "tests/support/fake_account_source.h"
#include "tests/unit/server/auth/house_of_users.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>

using namespace postrider;
using postrider::smtp::SubmitterStanding;

namespace {

struct House : test::HouseOfUsers {
    void rewrite(const std::string& users) {
        dir.write("domains/a.example/users", users);
        REQUIRE((books->refreshIfChanged() == routing::LiveAddressBook::Refresh::Reloaded));
    }
    smtp::SubmitterAnswer alice() const { return authenticator->mayStillSend("alice@a.example"); }
};

}  // namespace

TEST_CASE("who has logged in may send as long as the users file lets him") {
    House house;
    CHECK((house.alice().standing == SubmitterStanding::MaySend));
    struct Case {
        std::string line;
        std::string reason;
    };
    const Case cases[] = {
        {"alice:" + test::sha512 + "::::::userdb_postrider_disabled=yes\n",
         "may not send any more"},
        {"alice:" + test::sha512 + "::::::userdb_postrider_send=no\n", "may not send any more"},
        {"alice:*\n", "may not log in any more"},
        {"erin:*\n", "does not exist any more"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.line);
        house.rewrite(c.line);
        const auto answer = house.alice();
        CHECK((answer.standing == SubmitterStanding::MayNot));
        CHECK(answer.reason == "alice@a.example: the user " + c.reason);
    }
    // neither a new password nor a smaller right ends a session
    house.rewrite("alice:" + test::pencil + "::::::userdb_postrider_receive=no\n");
    CHECK((house.alice().standing == SubmitterStanding::MaySend));

    std::filesystem::remove_all(house.dir / "domains/a.example");
    REQUIRE((house.books->refreshIfChanged() == routing::LiveAddressBook::Refresh::Reloaded));
    CHECK(house.alice().reason == "alice@a.example: the domain is not ours any more");
}

TEST_CASE("a source that cannot be asked means later, and one without hashes has its say") {
    House house;
    test::FakeAccountSource source;
    auto parts = house.parts();
    auth::PasswordAuthenticator authenticator{
        {source, parts.books, parts.mailLog, parts.log, parts.metrics, parts.clock}};
    source.add("zoe@a.example");
    const auto zoe = [&] { return authenticator.mayStillSend("zoe@a.example"); };
    CHECK((zoe().standing == SubmitterStanding::MaySend));
    source.accounts["zoe@a.example"].maySend = false;
    CHECK((zoe().standing == SubmitterStanding::MayNot));
    source.down = "the database is down";
    CHECK((zoe().standing == SubmitterStanding::TemporaryFailure));
    CHECK(zoe().reason == "the database is down");
    CHECK(source.imitated == 0);
}
