#include "plugins/hooks/dns_lists/dns_list.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using hooks::AnswerPattern;
using hooks::DnsList;

namespace {

bool counts(const char* pattern, const char* answer) {
    return AnswerPattern::parse(pattern).value().matches(*IpAddress::parse(answer));
}

}  // namespace

TEST_CASE("a list is a zone, the answers that count and a weight") {
    const auto bare = DnsList::parse("Block.Example");
    REQUIRE(bare);
    CHECK(bare->zone == "block.example");
    CHECK_FALSE(bare->answers.has_value());
    CHECK(bare->weight == 1);

    const auto full = DnsList::parse(" good.example = 127.0.0.2..11 * -5 ");
    REQUIRE(full);
    CHECK(full->zone == "good.example");
    CHECK(full->answers->matches(IpAddress::v4({127, 0, 0, 7})));
    CHECK(full->weight == -5);
}

TEST_CASE("what is no list is refused with its reason") {
    struct Case {
        const char* text;
        const char* reason;
    };
    const std::vector<Case> cases{
        {"", "no zone"},
        {"two words", "no zone"},
        {"block.example*0", "weight"},
        {"block.example*101", "weight"},
        {"block.example*", "weight"},
        {"block.example*1x", "weight"},
        {"block.example=", "answers"},
        {"block.example=127.0.0", "answers"},
        {"block.example=127.0.0.256", "answers"},
        {"block.example=127.0.0.11..2", "answers"},
        {"block.example=127.0.0.2..", "answers"},
        {"block.example=127.0.0.2.3", "answers"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto list = DnsList::parse(c.text);
        REQUIRE_FALSE(list);
        CHECK(list.error().find(c.reason) != std::string::npos);
    }
}

TEST_CASE("each octet of an answer has its own range") {
    CHECK(counts("127.0.0.2", "127.0.0.2"));
    CHECK_FALSE(counts("127.0.0.2", "127.0.0.3"));
    CHECK(counts("127.0.0.2..11", "127.0.0.2"));
    CHECK(counts("127.0.0.2..11", "127.0.0.11"));
    CHECK_FALSE(counts("127.0.0.2..11", "127.0.0.12"));
    CHECK(counts("127.0.0..255.1..3", "127.0.77.3"));
    CHECK_FALSE(counts("127.0.0..255.1..3", "127.1.77.3"));
    CHECK_FALSE(counts("127.0.0.2", "::7f00:2"));
}

TEST_CASE("an address is asked about backwards (RFC 5782 2.1, 2.4)") {
    CHECK(hooks::questionName(*IpAddress::parse("192.0.2.99"), "bad.example") ==
          "99.2.0.192.bad.example");
    CHECK(hooks::questionName(*IpAddress::parse("2001:db8:1:2:3:4:567:89ab"), "ugly.example") ==
          "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ugly.example");
}
