#include "plugins/hooks/greylist/triplet.h"

#include "tests/support/addresses.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using hooks::Triplet;

namespace {

Triplet tripletOf(const char* client, const char* sender) {
    return Triplet::of(*IpAddress::parse(client), test::reversePath(sender),
                       test::forwardPath("Bob@Example.Test"));
}

}  // namespace

TEST_CASE("clients of one network give one triplet, IPv4 by 24 bits and IPv6 by 64") {
    CHECK(tripletOf("192.0.2.7", "a@b.test").network == "192.0.2.0/24");
    CHECK(tripletOf("::ffff:192.0.2.9", "a@b.test").network == "192.0.2.0/24");
    CHECK(tripletOf("2001:db8:1:2:3:4:5:6", "a@b.test").network == "2001:db8:1:2::/64");
}

TEST_CASE("senders that differ by case, suffix or numbers give one triplet") {
    struct Case {
        const char* sender;
        const char* canonical;
    };
    const std::vector<Case> cases{
        {"Alice@Sender.Test", "alice@sender.test"},
        {"alice+spam@sender.test", "alice@sender.test"},
        {"bounce-4711-0815@lists.test", "bounce-#-#@lists.test"},
        {"+odd@sender.test", "+odd@sender.test"},
        {"a@host7.test", "a@host7.test"},
        {"", "<>"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.sender);
        CHECK(tripletOf("192.0.2.7", c.sender).sender == c.canonical);
    }
    CHECK(tripletOf("192.0.2.7", "").recipient == "bob@example.test");
}
