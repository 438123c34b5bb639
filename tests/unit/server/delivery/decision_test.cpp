#include "server/delivery/decision.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_random.h"

#include <doctest/doctest.h>

namespace postrider::test {

using plugin::Disposition;
using queue::RecipientState;

TEST_CASE(
    "5yz fails now, 4yz is tried until the message expires and once at that time (RFC 5321 4.2.1, "
    "4.5.4.1; C-007, C-008)") {
    const auto hours = [](int n) { return WallTime{std::chrono::hours{n}}; };
    const queue::RetryPolicy retry{{std::chrono::hours{1}, std::chrono::hours{4}},
                                   std::chrono::hours{120}};
    struct Case {
        const char* name = "";
        Disposition disposition = Disposition::Transient;
        unsigned attempts = 0;
        WallTime at;
        RecipientState state = RecipientState::Pending;
        WallTime earliest;
        WallTime latest;
    };
    const Case cases[] = {
        {"delivered", Disposition::Delivered, 0, hours(1), RecipientState::Delivered, {}, {}},
        {"refused", Disposition::Permanent, 0, hours(1), RecipientState::Failed, {}, {}},
        {"first try", Disposition::Transient, 0, hours(1), RecipientState::Pending, hours(2),
         hours(3)},
        {"later", Disposition::Transient, 5, hours(1), RecipientState::Pending, hours(5), hours(6)},
        {"nearly over", Disposition::Transient, 5, hours(9), RecipientState::Pending, hours(10),
         hours(10)},
        {"over", Disposition::Transient, 6, hours(10), RecipientState::Expired, hours(10),
         hours(10)},
        {"delivered late", Disposition::Delivered, 6, hours(99), RecipientState::Delivered, {}, {}},
    };
    FakeRandom random;
    const auto id = mail::QueueId::make(hours(0), random);
    const auto path = forwardPath("u@x.test");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        plugin::DeliveryOutcome outcome;
        outcome.disposition = c.disposition;
        const auto decided =
            delivery::decide({1, id, "remote", "x.test", path, path, {}, c.attempts}, outcome,
                             {c.at, {}, hours(10)}, retry, queue::Jitter{random});
        CHECK(decided.state == c.state);
        CHECK(decided.nextAttempt >= c.earliest);
        CHECK(decided.nextAttempt <= c.latest);
    }
}

TEST_CASE("who is to be warned about is tried at the time of the warning, and late from then on") {
    const auto minutes = [](int n) { return WallTime{std::chrono::minutes{n}}; };
    const queue::RetryPolicy retry{{std::chrono::minutes{40}}, std::chrono::hours{120}};
    struct Case {
        const char* name = "";
        WallTime at;
        std::optional<WallTime> warnAt;
        bool late = false;
        WallTime latest;
    };
    const Case cases[] = {
        {"nobody to warn", minutes(500), std::nullopt, false, minutes(550)},
        {"long before", minutes(10), minutes(240), false, minutes(60)},
        {"shortly before", minutes(220), minutes(240), false, minutes(240)},
        {"now", minutes(240), minutes(240), true, minutes(290)},
        {"over", minutes(300), minutes(240), true, minutes(350)},
        {"given up", minutes(1000), minutes(240), false, minutes(1000)},
    };
    FakeRandom random;
    const auto id = mail::QueueId::make(minutes(0), random);
    const auto path = forwardPath("u@x.test");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto decided =
            delivery::decide({1, id, "remote", "x.test", path, path, {}, 0}, {},
                             {c.at, {}, minutes(1000), c.warnAt}, retry, queue::Jitter{random});
        CHECK(decided.late == c.late);
        CHECK(decided.nextAttempt <= c.latest);
        CHECK(decided.waitsForOthers() == (decided.late || decided.isFailure()));
    }
}

}  // namespace postrider::test
