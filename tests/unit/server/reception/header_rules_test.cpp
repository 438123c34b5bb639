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

TEST_CASE("each fault of a header is found, and strangers and our users are answered by its rule") {
    using reception::HeaderFault;
    using reception::Treatment;
    struct Case {
        std::string section;
        HeaderFault fault;
        Treatment stranger;
        Treatment ourUser;
    };
    const std::string good =
        "From: a@b.test\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@b.test>\r\n";
    std::string many = good;
    for (int i = 0; i < 998; ++i)
        many += "X: y\r\n";
    using T = Treatment;
    const Case cases[] = {
        {many, HeaderFault::TooManyFields, T::Refuse, T::Refuse},
        {good + std::string{"X: a\0b\r\n", 8}, HeaderFault::Nul, T::Refuse, T::Refuse},
        {good + "no field\r\n", HeaderFault::BrokenLine, T::Accept, T::Refuse},
        {good + "From x Sat\r\n", HeaderFault::BrokenLine, T::Accept, T::Refuse},
        {"From x Sat\r\n" + good, HeaderFault::MboxLine, T::Accept, T::Mend},
        {good.substr(16), HeaderFault::NoFrom, T::Accept, T::Mend},
        {"From: a@b.test\r\nMessage-ID: <1@b.test>\r\n", HeaderFault::NoDate, T::Accept, T::Mend},
        {good.substr(0, 55), HeaderFault::NoMessageId, T::Accept, T::Mend},
        {good + "from: c@d.test\r\n", HeaderFault::SeveralFrom, T::Accept, T::Refuse},
        {good + "Date: x\r\n", HeaderFault::SeveralOfOne, T::Accept, T::Refuse},
        {good + "Subject: x\r\nSUBJECT: y\r\n", HeaderFault::SeveralOfOne, T::Accept, T::Refuse},
        {good + "message-id: <2@b.test>\r\n", HeaderFault::SeveralOfOne, T::Accept, T::Refuse},
        {good + "Sender: x@y\r\nSender: z@y\r\n", HeaderFault::SeveralOfOne, T::Accept, T::Refuse},
        {good + "To: x@y\r\nTo: z@y\r\n", HeaderFault::SeveralLists, T::Accept, T::Accept},
        {good + "Cc: x@y\r\ncc: z@y\r\n", HeaderFault::SeveralLists, T::Accept, T::Accept},
        {good + "X: " + std::string(996, 'x') + "\r\n", HeaderFault::LongLine, T::Accept,
         T::Accept},
        {good + "Subject: \xC3\xBC\r\n", HeaderFault::EightBit, T::Accept, T::Accept},
        {good + "Return-Path: <x@y>\r\n", HeaderFault::ReturnPath, T::Accept, T::Mend},
        {good + "Authentication-Results: MX.Example.test (x) 1;\r\n spf=pass\r\n",
         HeaderFault::ForgedResults, T::Mend, T::Mend},
    };
    for (const Case& c : cases) {
        CAPTURE(c.section);
        const auto header = mail::HeaderSection::parse(c.section + "\r\n");
        const auto found = reception::findFaults(header, {.hostname = "mx.example.test"});
        REQUIRE(found.size() == 1);
        CHECK((found.front().fault == c.fault));
        CHECK_FALSE(found.front().detail.empty());
        CHECK((reception::treatmentOf(c.fault, reception::Origin::Stranger) == c.stranger));
        CHECK((reception::treatmentOf(c.fault, reception::Origin::OurUser) == c.ourUser));
        // fields are named where they are to be taken away, and only there
        const bool takenAway = c.fault == HeaderFault::MboxLine ||
                               c.fault == HeaderFault::ReturnPath ||
                               c.fault == HeaderFault::ForgedResults;
        CHECK(found.front().fields.size() == (takenAway ? 1 : 0));
    }
}

TEST_CASE("what is allowed is no fault") {
    const std::string good =
        "From: a@b.test\r\nDate: x\r\nMessage-ID: <1@b.test>\r\n"
        "X: " +
        std::string(995, 'x') +
        "\r\nReceived: a\r\nReceived: b\r\n"
        "Authentication-Results: mx.other.test; spf=pass\r\n"
        "ARC-Authentication-Results: i=1; mx.example.test; spf=pass\r\nSubject : old form\r\n";
    const auto plain = mail::HeaderSection::parse(good + "\r\n");
    CHECK(reception::findFaults(plain, {.hostname = "mx.example.test"}).empty());
    const auto utf8 = mail::HeaderSection::parse(good + "To: \xC3\xBC@b.test\r\n\r\n");
    CHECK(reception::findFaults(utf8, {.hostname = "mx.example.test", .smtputf8 = true}).empty());
    const auto nothing = mail::HeaderSection::parse("");
    const auto faults =
        reception::findFaults(nothing, {.hostname = "mx.example.test", .lacksHeader = true});
    REQUIRE(faults.size() == 4);
    CHECK((faults.front().fault == reception::HeaderFault::NoHeader));
    CHECK((reception::treatmentOf(reception::HeaderFault::NoHeader, reception::Origin::OurUser) ==
           reception::Treatment::Accept));
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
