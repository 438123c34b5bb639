#include "server/routing/alias_router.h"

#include "tests/support/no_patience.h"
#include "tests/support/recording_log.h"
#include "tests/unit/server/routing/house.h"

#include <doctest/doctest.h>
#include <string>

using namespace postrider;
using postrider::test::House;

namespace {

std::string barePostmaster(const House& house, const std::string& hostname) {
    const auto route = routing::routeBarePostmaster(*house.book(), house.couriers, hostname);
    return route ? route->destinations.front().final.toString() : route.error().reason;
}

}  // namespace

TEST_CASE("the bare postmaster is that of the domain the host is in (RFC 5321 4.5.1, S-020)") {
    House house;
    CHECK(barePostmaster(house, "mx.b.example") == "no domain of ours has a postmaster");
    house.domain("a.example", "alice:*\n", "");
    house.domain("b.example", "bob:*\n", "");
    house.domain("empty.example", "", "");
    CHECK(barePostmaster(house, "mx.b.example") == "bob@b.example");
    CHECK(barePostmaster(house, "b.example") == "bob@b.example");
    CHECK(barePostmaster(house, "mx.elsewhere.example") == "alice@a.example");
    CHECK(barePostmaster(house, "mx.empty.example") == "alice@a.example");
}

TEST_CASE("the router knows its domains and routes by the newest book") {
    House house;
    house.domain("a.example", "alice:*\n", "");
    test::RecordingLog log;
    const SystemClock clock;
    const auto books =
        routing::LiveAddressBook::open({house.dir().path(), {}}, log, clock, test::noPatience);
    REQUIRE(books.has_value());
    const routing::AliasRouter router{**books, house.couriers, "mx.a.example"};
    CHECK(router.isLocal(mail::Domain::parse("A.example").value()));
    CHECK_FALSE(router.isLocal(mail::Domain::parse("b.example").value()));
    CHECK(router.route(mail::ForwardPath::barePostmaster()).has_value());

    const mail::ForwardPath bob{mail::Mailbox::parse("bob@a.example").value()};
    CHECK(router.route(bob).error().fault == routing::RouteFault::UnknownUser);
    house.domain("a.example", "alice:*\nbob:*\n", "");
    CHECK((*books)->refreshIfChanged() == routing::LiveAddressBook::Refresh::Reloaded);
    CHECK(router.route(bob).has_value());
}
