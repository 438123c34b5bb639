#include "common/mail/queue_id.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"

#include <doctest/doctest.h>
#include <set>
#include <string>

namespace postrider::mail {

using namespace std::chrono_literals;
using namespace std::string_literals;

TEST_CASE("a queue id is 14 characters that are safe in a file name") {
    test::FakeRandom random;
    const test::FakeClock clock;
    const auto id = QueueId::make(clock.now(), random);
    CHECK(id.toString().size() == 14);
    CHECK(id.toString().find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") ==
          std::string::npos);
    CHECK(QueueId::parse(id.toString()) == id);
}

TEST_CASE("queue ids sort by time, from 1970 to 2059") {
    test::FakeRandom random;
    const WallTime times[] = {fromUnixSeconds(0),
                              fromUnixSeconds(1),
                              fromUnixSeconds(1'795'262'400),
                              fromUnixSeconds(1'795'262'400) + 1ms,
                              fromUnixSeconds(1'795'262'400) + 36ms,
                              fromUnixSeconds(2'821'109'907)};
    auto before = QueueId::make(times[0], random);
    for (const WallTime time : times) {
        CAPTURE(unixSeconds(time));
        const auto id = QueueId::make(time, random);
        CHECK(id.toString().substr(0, 8) >= before.toString().substr(0, 8));
        if (time != times[0]) CHECK(before < id);
        before = id;
    }
}

TEST_CASE("queue ids of one millisecond differ") {
    test::FakeRandom random;
    const test::FakeClock clock;
    std::set<QueueId> ids;
    for (int i = 0; i < 1000; ++i)
        ids.insert(QueueId::make(clock.now(), random));
    CHECK(ids.size() == 1000);
}

TEST_CASE("a clock before 1970 still gives a queue id") {
    test::FakeRandom random;
    const auto id = QueueId::make(fromUnixSeconds(-5), random);
    CHECK(id.toString().starts_with("00000000"));
}

TEST_CASE("anything else is no queue id, and no path") {
    for (const std::string& bad :
         {""s, "0123456789abc"s, "0123456789abcde"s, "0123456789abcD"s, "../../etc/pass"s,
          "0123456789abc\0"s, "0123456789abc "s, "0123456789abc/"s}) {
        CAPTURE(bad);
        CHECK_FALSE(QueueId::parse(bad).has_value());
    }
    CHECK(QueueId::parse("0123456789abcd"));
}

}  // namespace postrider::mail
