#include "server/reception/header_rules.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"

#include <doctest/doctest.h>
#include <set>
#include <string>

namespace postrider::test {

TEST_CASE("a text is without header when its first line is no field, an mbox line excepted") {
    struct Case {
        const char* text;
        bool lacks;
    };
    const Case cases[] = {
        {"Subject: x\r\n\r\nbody\r\n", false},
        {"\r\nbody\r\n", false},
        {"", false},
        {"Hello there\r\n", true},
        {"http//x\r\n\r\nbody\r\n", true},
        {"From alice Sat Nov 21\r\nTo: x\r\n\r\n", false},
        {">From x\r\nTo: x\r\n\r\n", false},
        {" folded\r\n\r\n", true},
        {"Subject : x\r\n\r\n", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CHECK(reception::lacksHeader(mail::MessageContent::fromMemory(c.text)) == c.lacks);
    }
}

TEST_CASE("ten thousand Message-IDs are all different and sound (RFC 5322 3.6.4, C-018)") {
    FakeRandom random;
    FakeClock clock;
    const auto nothing = mail::HeaderSection::parse("");
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) {
        const auto id = mail::QueueId::make(clock.now(), random);
        const std::string fields =
            reception::composeMissing(nothing, {id, "mx.example.test", clock.now()}, random);
        const auto header = mail::HeaderSection::parse(fields);
        REQUIRE(header.count("Message-ID") == 1);
        const std::string value = mail::unfold(header.find("Message-ID")->value);
        REQUIRE(value.starts_with('<'));
        REQUIRE(value.ends_with("@mx.example.test>"));
        seen.insert(value);
    }
    CHECK(seen.size() == 10'000);
}

}  // namespace postrider::test
