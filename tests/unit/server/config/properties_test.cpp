#include "server/config/properties.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using postrider::config::parseProperties;

TEST_CASE("keys and values are trimmed, comments and empty lines passed over, origins counted") {
    const auto read = parseProperties(
        "# a comment\r\n"
        "\n"
        "  a.b = one two \t\r\n"
        "\t# another\n"
        "empty =\n"
        "path = C:\\mail#1=x",
        "f");
    REQUIRE(read.has_value());
    REQUIRE(read->size() == 3);
    CHECK(read->at(0).key == "a.b");
    CHECK(read->at(0).value == "one two");
    CHECK(read->at(0).origin == "f:3");
    CHECK(read->at(1).value.empty());
    CHECK(read->at(1).origin == "f:5");
    CHECK(read->at(2).value == "C:\\mail#1=x");
    CHECK(parseProperties("", "f")->empty());
}

TEST_CASE("a line that means nothing is refused with its number and the reason") {
    struct Case {
        std::string text;
        std::string sentence;
    };
    const std::vector<Case> cases{
        {"hostname mx.example.org", "f:1: 'hostname mx.example.org' is not 'key = value'"},
        {"\n\nhost name = x", "f:3: 'host name' is not a key: letters, digits, '.', '_' and '-'"},
        {"= x", "f:1: '' is not a key: letters, digits, '.', '_' and '-'"},
        {"! old comment = x",
         "f:1: '! old comment' is not a key: letters, digits, '.', '_' and '-'"},
        {"a = b # why",
         "f:1: a: a comment stands on a line of its own; '#' here would be part of the value"},
        {"a = b\t# why",
         "f:1: a: a comment stands on a line of its own; '#' here would be part of the value"},
        {"a = # why",
         "f:1: a: a comment stands on a line of its own; '#' here would be part of the value"},
        {"a = b \\\n  c", "f:1: a: a line cannot be continued on the next one with '\\'"},
        {"a = 1\nb = 2\na = 3", "f:3: a: stands in line 1 already"},
        {"a = \x01", "f:1: holds a control character"},
        {std::string{"a = x\0y", 7}, "f:1: holds a control character"},
        {"a = \xff", "f:1: is not UTF-8"},
        {"\xEF\xBB\xBF"
         "a = 1",
         "f:1: begins with a byte order mark"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto read = parseProperties(c.text, "f");
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().sentences.front() == c.sentence);
    }
}

TEST_CASE("every problem of a file is reported, not only the first") {
    const auto read = parseProperties("one\ntwo\nthree = 3\n", "f");
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().sentences.size() == 2);
}
