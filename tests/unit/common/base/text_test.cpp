#include "common/base/text.h"

#include <doctest/doctest.h>
#include <limits>
#include <string>

namespace postrider {

using namespace std::string_literals;

TEST_CASE("only well-formed UTF-8 is UTF-8 (RFC 3629 section 4, I-004)") {
    struct Case {
        std::string text;
        bool valid;
    };
    const Case cases[] = {
        {"", true},
        {"plain", true},
        {"\xC3\xA9", true},
        {"\xE2\x82\xAC", true},
        {"\xF0\x9F\x93\xA7", true},
        {"\xED\x9F\xBF", true},
        {"\xEE\x80\x80", true},
        {"\xF4\x8F\xBF\xBF", true},
        {"a\0b"s, true},
        {"\x80", false},              // a continuation alone
        {"\xC3", false},              // cut
        {"\xE2\x82", false},          // cut
        {"\xF0\x9F\x93", false},      // cut
        {"\xC0\xAF", false},          // overlong slash
        {"\xC1\xBF", false},          // overlong
        {"\xE0\x80\xAF", false},      // overlong slash
        {"\xE0\x9F\xBF", false},      // overlong
        {"\xF0\x80\x80\xAF", false},  // overlong slash
        {"\xF0\x8F\xBF\xBF", false},  // overlong
        {"\xED\xA0\x80", false},      // surrogate
        {"\xED\xBF\xBF", false},      // surrogate
        {"\xF4\x90\x80\x80", false},  // above U+10FFFF
        {"\xF5\x80\x80\x80", false},
        {"\xFE\xFF", false},
        {"\xC3(", false},
        {"\xE2(\xA1", false},
        {"latin1 \xE9t\xE9", false},
    };
    for (const Case& c : cases) {
        CAPTURE(text::toHex(c.text));
        CHECK(text::isUtf8(c.text) == c.valid);
    }
}

TEST_CASE("case mapping and comparison touch ASCII letters only") {
    CHECK(text::lower("AZaz09@[\xC3\x89") == "azaz09@[\xC3\x89");
    CHECK(text::upper("AZaz09`{\xC3\xA9") == "AZAZ09`{\xC3\xA9");
    CHECK(text::equalsIgnoreCase("MaIl", "mAiL"));
    CHECK_FALSE(text::equalsIgnoreCase("mail", "mails"));
    CHECK_FALSE(text::equalsIgnoreCase("[", "{"));
    CHECK(text::startsWithIgnoreCase("FROM:<a>", "from:"));
    CHECK_FALSE(text::startsWithIgnoreCase("FRO", "from"));
}

TEST_CASE("control characters are those below space and DEL") {
    CHECK(text::hasControl("a\0b"s));
    CHECK(text::hasControl("\x7f"));
    CHECK(text::hasControl("\t"));
    CHECK_FALSE(text::hasControl("a \xC3\xA9~"));
    CHECK(text::isAscii("a\x7f"));
    CHECK_FALSE(text::isAscii("\x80"));
}

TEST_CASE("trimming takes blanks from the ends and nothing else") {
    CHECK(text::trim(" \t a b\t ") == "a b");
    CHECK(text::trim(" \t ").empty());
    CHECK(text::trim("a\r\n") == "a\r\n");
    CHECK(text::trimRight("  a  ") == "  a");
}

TEST_CASE("splitting keeps empty pieces, and joining undoes it") {
    using Pieces = std::vector<std::string_view>;
    CHECK(text::split("a,b", ',') == Pieces{"a", "b"});
    CHECK(text::split(",a,,", ',') == Pieces{"", "a", "", ""});
    CHECK(text::split("", ',') == Pieces{""});
    CHECK(text::join({"a", "", "b"}, ", ") == "a, , b");
    CHECK(text::join({}, ",").empty());
}

TEST_CASE("a prefix never ends inside a character") {
    CHECK(text::prefix("abc", 3) == "abc");
    CHECK(text::prefix("abc", 2) == "ab");
    CHECK(text::prefix("a\xC3\xA9", 2) == "a");
    CHECK(text::prefix("a\xF0\x9F\x93\xA7z", 4) == "a");
    CHECK(text::prefix("a\xF0\x9F\x93\xA7z", 5) == "a\xF0\x9F\x93\xA7");
    CHECK(text::prefix("\xC3\xA9", 1).empty());
    CHECK(text::prefix("abc", 0).empty());
    // no UTF-8: cut where asked, so that the limit still makes progress
    CHECK(text::prefix(std::string(100, '\x80'), 50).size() == 50);
}

TEST_CASE("a number is digits only and never wraps (Z-002, Z-007)") {
    CHECK(text::parseUnsigned("0") == 0U);
    CHECK(text::parseUnsigned("0010") == 10U);
    CHECK(text::parseUnsigned("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
    for (const std::string bad : {"", "-1", "+1", " 1", "1 ", "1a", "0x1", "18446744073709551616",
                                  "18446744073709551617", "99999999999999999999999999"}) {
        CAPTURE(bad);
        CHECK_FALSE(text::parseUnsigned(bad).has_value());
    }
}

TEST_CASE("base64 is that of RFC 4648 section 10") {
    struct Case {
        std::string plain;
        std::string encoded;
    };
    const Case cases[] = {{"", ""},
                          {"f", "Zg=="},
                          {"fo", "Zm8="},
                          {"foo", "Zm9v"},
                          {"foob", "Zm9vYg=="},
                          {"fooba", "Zm9vYmE="},
                          {"foobar", "Zm9vYmFy"},
                          {"\0u\0p"s, "AHUAcA=="},
                          {"\xFF\xFE\xFD", "//79"}};
    for (const Case& c : cases) {
        CAPTURE(c.encoded);
        CHECK(text::toBase64(c.plain) == c.encoded);
        CHECK(text::fromBase64(c.encoded) == c.plain);
    }
}

TEST_CASE("every octet survives base64") {
    std::string all;
    for (int i = 0; i < 256; ++i)
        all += static_cast<char>(i);
    CHECK(text::fromBase64(text::toBase64(all)) == all);
    CHECK(text::toHex(all.substr(0, 17)) == "000102030405060708090a0b0c0d0e0f10");
}

TEST_CASE("base64 that is not exact is refused (A-003)") {
    for (const std::string& bad :
         {"Z"s, "Zg"s, "Zg="s, "Zg==="s, "=Zg="s, "Z==="s, "===="s, "Zm=v"s, "Zm9v\n"s, "Zm9v "s,
          "Zm-_"s, "Zh=="s, "Zm9="s, "Zm\0v"s, "\xC3\xA9=="s, "Zg==Zg=="s}) {
        CAPTURE(text::toHex(bad));
        CHECK_FALSE(text::fromBase64(bad).has_value());
    }
}

TEST_CASE("printable text is one line that cannot steer a terminal") {
    struct Case {
        std::string raw;
        std::string printed;
    };
    const Case cases[] = {{"plain text", "plain text"},
                          {"caf\xC3\xA9", "caf\xC3\xA9"},
                          {"a\r\nb", "a\\x0d\\x0ab"},
                          {"\0"s, "\\x00"},
                          {"\x1b[31m", "\\x1b[31m"},
                          {"back\\slash", "back\\x5cslash"},
                          {"\x7f", "\\x7f"},
                          {"\xE9t", "\\xe9t"},
                          {"\xC2\x9B", "\\xc2\\x9b"},            // CSI of the C1 controls
                          {"\xE2\x80\xA8", "\\xe2\\x80\\xa8"},   // line separator
                          {"\xE2\x80\xAE", "\\xe2\\x80\\xae"},   // what follows is shown backwards
                          {"\xE2\x81\xA6", "\\xe2\\x81\\xa6"},   // an isolate
                          {"\xE2\x80\x8B", "\\xe2\\x80\\x8b"},   // a space without width
                          {"\xE2\x80\x93", "\xE2\x80\x93"},      // a dash
                          {"\xED\xA0\x80", "\\xed\\xa0\\x80"}};  // surrogate
    for (const Case& c : cases) {
        CAPTURE(c.printed);
        CHECK(text::printable(c.raw) == c.printed);
    }
}

TEST_CASE("printable text is cut at its limit, between characters") {
    CHECK(text::printable("abcdef", 6) == "abcdef");
    CHECK(text::printable("abcdefg", 6) == "abcdef...");
    CHECK(text::printable("abc\r", 6) == "abc...");
    CHECK(text::printable("abcd\xC3\xA9x", 5) == "abcd...");
    CHECK(text::printable(std::string(1'000'000, 'x')).size() == 4096 + 3);
    CHECK(text::printable(std::string(1'000'000, '\0')).size() == 4096 + 3);
}

TEST_CASE("the edit distance counts insertions, deletions and replacements") {
    CHECK(text::editDistance("", "") == 0);
    CHECK(text::editDistance("", "abc") == 3);
    CHECK(text::editDistance("kitten", "sitting") == 3);
    CHECK(text::editDistance("hostname", "hostnmae") == 2);
    CHECK(text::editDistance("session.max", "session.max_per_ip") == 7);
}

}  // namespace postrider
