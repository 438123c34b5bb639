#include "common/mail/reply.h"

#include "common/base/text.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

using namespace std::string_literals;

using Progress = ReplyReader::Progress;

TEST_CASE("an enhanced status is class, subject and detail (RFC 3463 section 2)") {
    CHECK(EnhancedStatus::parse("5.1.1") == EnhancedStatus{5, 1, 1});
    CHECK(EnhancedStatus::parse("2.0.0 fine") == EnhancedStatus{2, 0, 0});
    CHECK(EnhancedStatus::parse("4.999.999") == EnhancedStatus{4, 999, 999});
    CHECK(EnhancedStatus{5, 7, 27}.toString() == "5.7.27");
    for (const std::string& bad : {""s,       "5"s,        "5.1"s,
                                   "5.1."s,   "5.1.1."s,   "5.1.1x"s,
                                   "3.1.1"s,  "1.0.0"s,    "0.0.0"s,
                                   "6.1.1"s,  "5.1000.1"s, "5.1.1000"s,
                                   " 5.1.1"s, "5..1"s,     "5.1.01"s,
                                   "05.1.1"s, "-5.1.1"s,   "5.1.1\t"s,
                                   "55.1.1"s, "5.1.1\0"s,  "99999999999999999999.1.1"s}) {
        CAPTURE(bad);
        CHECK_FALSE(EnhancedStatus::parse(bad).has_value());
    }
}

TEST_CASE("every line of a reply has code and status, and only the last a space (S-037, E-002)") {
    Reply reply{250, EnhancedStatus{2, 1, 5}, "one"};
    CHECK(reply.wire() == "250 2.1.5 one\r\n");
    reply.lines.emplace_back("two");
    reply.lines.emplace_back("three");
    CHECK(reply.wire() == "250-2.1.5 one\r\n250-2.1.5 two\r\n250 2.1.5 three\r\n");
    CHECK(reply.toString() == "250 2.1.5 one / two / three");
    CHECK(Reply{220, std::nullopt, "mail.example.org ESMTP"}.wire() ==
          "220 mail.example.org ESMTP\r\n");
    CHECK(Reply{354, std::nullopt, "go on"}.toString() == "354 go on");
}

TEST_CASE("no reply line is over 512 octets, whatever it quotes (RFC 5321 4.5.3.1.5, S-049)") {
    for (const std::size_t size : {495U, 500U, 501U, 502U, 503U, 4096U, 1'000'000U}) {
        CAPTURE(size);
        Reply reply{553, EnhancedStatus{5, 1, 3}, std::string(size, 'x')};
        reply.lines.emplace_back("\u20AC" + std::string(size, 'y'));
        const std::string wire = reply.wire();
        const auto firstEnd = wire.find("\r\n");
        CHECK(firstEnd + 2 <= 512);
        CHECK(wire.size() - firstEnd - 2 <= 512);
        CHECK(wire.ends_with("\r\n"));
    }
    std::string euros;
    for (int i = 0; i < 1000; ++i)
        euros += "\u20AC";
    const std::string wire = Reply{250, std::nullopt, euros}.wire();
    CHECK(wire.size() <= 512);
    CHECK(text::isUtf8(wire));
}

TEST_CASE("no text can end a reply line early") {
    const Reply reply{550, std::nullopt, "no\r\n250 2.0.0 yes\0\x7f"s};
    CHECK(reply.wire() == "550 no??250 2.0.0 yes??\r\n");
    CHECK(reply.toString() == "550 no??250 2.0.0 yes??");
}

TEST_CASE("the first digit decides (RFC 5321 4.2.1, C-009)") {
    const Reply yes{250, {}, ""};
    const Reply more{354, {}, ""};
    const Reply later{451, {}, ""};
    const Reply never{550, {}, ""};
    CHECK(yes.isPositive());
    CHECK(more.isPositive());
    CHECK_FALSE(yes.isTransient());
    CHECK(later.isTransient());
    CHECK_FALSE(later.isPermanent());
    CHECK(never.isPermanent());
    CHECK_FALSE(never.isPositive());
}

TEST_CASE("a peer's reply is collected to its last line") {
    ReplyReader reader;
    CHECK(reader.add("250-mail.example.org") == Progress::More);
    CHECK(reader.add("250-SIZE 1000") == Progress::More);
    CHECK(reader.add("250 HELP") == Progress::Complete);
    const Reply reply = std::move(reader).reply();
    CHECK(reply.code == 250);
    CHECK_FALSE(reply.status.has_value());
    CHECK(reply.lines == std::vector<std::string>{"mail.example.org", "SIZE 1000", "HELP"});
}

TEST_CASE("a peer's status is taken off its lines when it fits the code (RFC 2034 section 4)") {
    struct Case {
        std::string line;
        std::optional<EnhancedStatus> status;
        std::string text;
    };
    const Case cases[] = {
        {"550 5.1.1 no such user", EnhancedStatus{5, 1, 1}, "no such user"},
        {"250 2.0.0", EnhancedStatus{2, 0, 0}, ""},
        {"250 5.1.1 odd", std::nullopt, "5.1.1 odd"},
        {"550 no such user", std::nullopt, "no such user"},
        {"550 5.1.1.1 x", std::nullopt, "5.1.1.1 x"},
        {"550 ", std::nullopt, ""},
        {"550", std::nullopt, ""},
        {"354 2.0.0 go", std::nullopt, "2.0.0 go"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.line);
        ReplyReader reader;
        REQUIRE(reader.add(c.line) == Progress::Complete);
        const Reply reply = std::move(reader).reply();
        CHECK(reply.status == c.status);
        REQUIRE(reply.lines.size() == 1);
        CHECK(reply.lines[0] == c.text);
    }
    ReplyReader reader;
    CHECK(reader.add("550-5.7.1 one") == Progress::More);
    CHECK(reader.add("550-5.7.2 two") == Progress::More);
    CHECK(reader.add("550 5.7.1 three") == Progress::Complete);
    CHECK(std::move(reader).reply().toString() == "550 5.7.1 one / 5.7.2 two / three");
}

TEST_CASE("what is no reply is malformed, and nothing more (C-009)") {
    for (const std::string& bad :
         {""s, "25"s, "25x ok"s, "2500 ok"s, "250_ok"s, "250\tok"s, "150 early"s, "650 odd"s,
          "050 odd"s, " 250 ok"s, "ok"s, "\0\0\0"s, "-250 ok"s}) {
        CAPTURE(text::toHex(bad));
        ReplyReader reader;
        CHECK(reader.add(bad) == Progress::Malformed);
    }
    ReplyReader mixed;
    CHECK(mixed.add("250-a") == Progress::More);
    CHECK(mixed.add("550 b") == Progress::Malformed);
}

TEST_CASE("a peer cannot fill memory with its reply") {
    ReplyReader many;
    for (int i = 0; i < 100; ++i)
        REQUIRE(many.add("250-x") == Progress::More);
    CHECK(many.add("250 x") == Progress::Malformed);

    ReplyReader wide;
    CHECK(wide.add("250 " + std::string(1'000'000, 'x')) == Progress::Complete);
    CHECK(std::move(wide).reply().lines[0].size() == 2048);
}

TEST_CASE("controls in a peer's text do not go any further") {
    ReplyReader reader;
    CHECK(reader.add("550 a\rb\0c\x1b"s) == Progress::Complete);
    CHECK(std::move(reader).reply().lines[0] == "a?b?c?");
}

}  // namespace postrider::mail
