#include "server/net/admission.h"

#include <doctest.h>
#include <vector>

using namespace postrider;
using net::Admission;

namespace {

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

}  // namespace

TEST_CASE("places are limited over all and for each address, and come back (S-060)") {
    Admission admission({3, 2});
    auto one = admission.admit(ip("192.0.2.1"));
    auto two = admission.admit(ip("192.0.2.1"));
    REQUIRE(one);
    REQUIRE(two);
    CHECK(admission.admit(ip("192.0.2.1")).error() == Admission::Refusal::TooManyFromAddress);
    auto three = admission.admit(ip("192.0.2.2"));
    REQUIRE(three);
    CHECK(admission.admit(ip("192.0.2.3")).error() == Admission::Refusal::Full);
    CHECK(admission.sessions() == 3);

    one->giveBack();
    one->giveBack();
    CHECK(admission.sessions() == 2);
    CHECK(admission.admit(ip("192.0.2.1")));
    CHECK(admission.sessions() == 2);
}

TEST_CASE("a ticket that is moved is given back once") {
    Admission admission({10, 10});
    {
        auto ticket = std::move(*admission.admit(ip("192.0.2.1")));
        Admission::Ticket other = std::move(ticket);
        CHECK(admission.sessions() == 1);
        other = std::move(*admission.admit(ip("192.0.2.2")));
        CHECK(admission.sessions() == 1);
    }
    CHECK(admission.sessions() == 0);
}

TEST_CASE("an IPv6 customer with a whole /64 counts as one address") {
    Admission admission({10, 1});
    const auto first = admission.admit(ip("2001:db8:0:1::1"));
    REQUIRE(first);
    CHECK_FALSE(admission.admit(ip("2001:db8:0:1:ffff::2")));
    CHECK(admission.admit(ip("2001:db8:0:2::1")));
}
