#include "common/mail/header.h"

#include "common/base/text.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

using namespace std::string_literals;

TEST_CASE("fields are found as they stand, folds and all") {
    const std::string octets =
        "Subject: one\r\n two\r\n\tthree\r\nTo: a@example.org\r\nsubject:x\r\n\r\nNo: body\r\n";
    const auto header = HeaderSection::parse(octets);
    REQUIRE(header.fields().size() == 3);
    CHECK(header.wellFormed());
    CHECK(header.fields()[0].name == "Subject");
    CHECK(header.fields()[0].value == " one\r\n two\r\n\tthree");
    CHECK(header.fields()[0].raw == "Subject: one\r\n two\r\n\tthree\r\n");
    CHECK(header.fields()[2].value == "x");
    CHECK(header.find("SUBJECT") == &header.fields()[0]);
    CHECK(header.find("Body") == nullptr);
    CHECK(header.find("No") == nullptr);
    CHECK(header.count("Subject") == 2);
    CHECK(header.count("") == 0);
}

TEST_CASE("nothing of a header section is lost or changed in reading it (S-063)") {
    for (const std::string& octets :
         {"A: 1\r\nB: 2\r\n"s, "A: 1\r\n \r\n x\r\nB:\r\n"s, "no colon\r\nA: 1\r\n"s,
          " starts folded\r\nA: 1\r\n"s, "A: 1"s, "A: lone\rcr and\nlf\r\nB: \0\xFF\r\n"s,
          ": no name\r\n"s, "A : old\r\n"s}) {
        CAPTURE(octets);
        std::string again;
        const auto header = HeaderSection::parse(octets + "\r\nbody");
        for (const auto& field : header.fields())
            again += field.raw;
        // an octet string without CRLF at its end takes the one of the empty line
        CHECK(again == (octets.ends_with("\r\n") ? octets : octets + "\r\nbody"));
    }
}

TEST_CASE("lines that are no field are kept and reported") {
    struct Case {
        std::string octets;
        bool wellFormed;
        std::string firstName;
    };
    const Case cases[] = {
        {"A: 1\r\n", true, "A"},
        {"A:\r\n", true, "A"},
        {"A : old form\r\n", true, "A"},
        {"A\t:x\r\n", true, "A"},
        {"no colon here\r\n", false, ""},
        {": nameless\r\n", false, ""},
        {" continued nothing\r\n", false, ""},
        {"two words: x\r\n", false, ""},
        {"caf\u00E9: x\r\n", false, ""},
        {"a\0b: x\r\n"s, false, ""},
        {"From alice Sat Nov 21\r\n", false, ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.octets);
        const auto header = HeaderSection::parse(c.octets);
        REQUIRE(header.fields().size() == 1);
        CHECK(header.wellFormed() == c.wellFormed);
        CHECK(header.fields()[0].name == c.firstName);
    }
    CHECK(HeaderSection::parse("").fields().empty());
    CHECK(HeaderSection::parse("\r\nA: 1\r\n").fields().empty());
}

TEST_CASE("a moved header section still owns what its fields show") {
    auto header = HeaderSection::parse("A: 1\r\n");
    const auto moved = std::move(header);
    CHECK(moved.find("a")->value == " 1");
}

TEST_CASE("a hostile header is read in linear time") {
    std::string folds = "A: x\r\n";
    for (int i = 0; i < 50'000; ++i)
        folds += " y\r\n";
    CHECK(HeaderSection::parse(folds).fields().size() == 1);
    std::string many;
    for (int i = 0; i < 20'000; ++i)
        many += "A: x\r\n";
    CHECK(HeaderSection::parse(many).count("a") == 20'000);
    CHECK(HeaderSection::parse(std::string(1'000'000, 'x')).fields().size() == 1);
    CHECK(HeaderSection::parse(std::string(1'000'000, '\r')).fields().size() == 1);
}

TEST_CASE("unfolding gives one line") {
    CHECK(unfold(" one\r\n two\r\n\tthree ") == "one two\tthree");
    CHECK(unfold("a\r\n  b") == "a  b");
    CHECK(unfold("a\r\nb\rc\nd") == "a  b c d");
    CHECK(unfold("a\r\n") == "a");
    CHECK(unfold("  ").empty());
}

TEST_CASE("a composed field is folded at 78 octets and reads back the same (C-017)") {
    std::string value = "start";
    for (int i = 0; i < 60; ++i)
        value += " word" + std::to_string(i);
    const std::string field = composeField("Subject", value);
    CHECK(field.starts_with("Subject: start word0"));
    CHECK(field.ends_with("\r\n"));
    for (const auto line : text::split(field, '\n'))
        CHECK(line.size() <= 79);
    const auto header = HeaderSection::parse(field);
    REQUIRE(header.fields().size() == 1);
    CHECK(unfold(header.fields()[0].value) == value);
    CHECK(composeField("Subject", "short") == "Subject: short\r\n");
    CHECK(composeField("X", "") == "X:\r\n");
    CHECK(composeField("X", "two  spaces") == "X: two  spaces\r\n");
}

TEST_CASE("no composed line is over 998 octets, even without a space to fold at (C-017)") {
    for (const std::size_t size : {70U, 500U, 980U, 990U, 997U, 998U, 5000U}) {
        CAPTURE(size);
        const std::string field = composeField("X-Long", "a " + std::string(size, 'x') + " z");
        std::size_t octets = 0;
        for (auto line : text::split(field, '\n')) {
            CHECK(line.size() <= 999);
            octets += static_cast<std::size_t>(std::count(line.begin(), line.end(), 'x'));
        }
        CHECK(octets == size);
        CHECK(HeaderSection::parse(field).fields().size() == 1);
        CHECK(HeaderSection::parse(field).wellFormed());
    }
    const std::string blank = composeField("X", "a" + std::string(5000, ' ') + "b");
    for (const auto line : text::split(blank, '\n'))
        CHECK(line.size() <= 999);
    CHECK(HeaderSection::parse(blank + "\r\n").fields().size() == 1);
    CHECK(unfold(HeaderSection::parse(blank).fields()[0].value).ends_with("b"));
}

TEST_CASE("no value can add a field, a line or a body (1.2 header injection)") {
    for (const std::string& evil : {"x\r\nBcc: all@example.org"s, "x\nBcc: y"s, "x\rBcc: y"s,
                                    "x\r\n\r\nbody"s, "x\0y"s, "\r\n"s, "\r\n x"s}) {
        CAPTURE(evil);
        const std::string field = composeField("Subject", evil);
        const auto header = HeaderSection::parse(field + "\r\n");
        CHECK(header.fields().size() == 1);
        CHECK(header.fields()[0].raw == field);
        CHECK_FALSE(text::hasControl(std::string_view{field}.substr(0, field.size() - 2)));
    }
}

}  // namespace postrider::mail
