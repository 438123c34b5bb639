#include "server/reception/postmaster_notices.h"

#include "tests/unit/server/reception/reception_fixture.h"

#include <doctest/doctest.h>

namespace postrider::test {

namespace {

struct Office {
    ReceptionFixture f;
    mail::Domain domain = mail::Domain::parse("example.test").value();
    reception::PostmasterNotices notices{
        "mx.example.test",
        std::chrono::hours{120},
        {f.router, f.queue, f.log, f.clock, f.random, [this] { ++f.wakeUps; }}};
};

}  // namespace

TEST_CASE("a notice is a message from nobody to the postmaster, and nobody answers it (RFC 3834)") {
    Office office;
    office.notices.tellPostmaster(office.domain, "Look\r\nBcc: x@example.test", "One.\nTwo.\n");
    const auto messages = office.f.queue.messages();
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].reversePath.isNull());
    const std::string octets = office.f.queuedOctets();
    const auto header = mail::HeaderSection::parse(octets);
    CHECK(header.wellFormed());
    CHECK(header.find("Bcc") == nullptr);
    CHECK(header.find("To")->value == " <postmaster@example.test>");
    CHECK(header.find("Auto-Submitted")->value == " auto-generated");
    CHECK(octets.find("\r\n\r\nOne.\r\nTwo.\r\n") != std::string::npos);
    CHECK(office.f.wakeUps == 1);
    CHECK(office.f.log.contains("notice id="));
}

TEST_CASE("a notice that cannot be queued is logged, and that is all") {
    Office office;
    SUBCASE("no postmaster") {
        office.f.router.faults["postmaster@example.test"] = {routing::RouteFault::UnknownUser,
                                                             "no such user"};
    }
    SUBCASE("no room") {
        office.f.queue.refusePut = queue::StoreError{queue::StoreError::Kind::Full, "disk full"};
    }
    office.notices.tellPostmaster(office.domain, "Look", "One.\n");
    CHECK(office.f.queue.messages().empty());
    CHECK(office.f.log.contains("notice-lost to=postmaster@example.test subject=Look reason="));
}

}  // namespace postrider::test
