#include "common/mail/xtext.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

using namespace std::string_literals;

TEST_CASE("xtext decodes what it should and nothing else (RFC 3461 4)") {
    CHECK(decodeXtext("") == "");
    CHECK(decodeXtext("a+2Bb+3dc+20") == "a+b=c ");
    CHECK(decodeXtext("+00+FF") == "\0\xff"s);
    CHECK(decodeXtext("j\xc3\xbc") == "j\xc3\xbc");
    for (const auto& wrong : {"+", "a+", "+4", "a+4", "+4g", "+-1", "a=b", "a b", "a\tb", "\x7f"}) {
        CAPTURE(wrong);
        CHECK_FALSE(decodeXtext(wrong).has_value());
    }
}

TEST_CASE("every octet survives xtext, and only printable ASCII is written") {
    std::string all;
    for (int octet = 0; octet < 256; ++octet)
        all += static_cast<char>(octet);
    const auto xtext = encodeXtext(all);
    CHECK(decodeXtext(xtext) == all);
    CHECK(
        xtext.find_first_not_of("!\"#$%&'()*+,-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                                "abcdefghijklmnopqrstuvwxyz{|}~") == std::string::npos);
    CHECK(encodeXtext("a+b=c d") == "a+2Bb+3Dc+20d");
}

TEST_CASE("an address of UTF-8 is written in ASCII, and read back (RFC 6533 3)") {
    CHECK(encodeUnicodeEscapes("a+b=c d\\e") == "a\\x{2B}b\\x{3D}c\\x{20}d\\x{5C}e");
    const std::string address = "A\xc3\xb6\xe2\x82\xac\xf0\x9f\x93\xa7@x.test";
    CHECK(encodeUnicodeEscapes(address) == "A\\x{F6}\\x{20AC}\\x{1F4E7}@x.test");
    CHECK(decodeUnicodeEscapes(encodeUnicodeEscapes(address)) == address);
}

TEST_CASE("code points are written in braces (RFC 6533 3)") {
    CHECK(decodeUnicodeEscapes("plain") == "plain");
    CHECK(decodeUnicodeEscapes("\\x{41}\\x{f6}\\x{20AC}\\x{1F4E7}") ==
          "A\xc3\xb6\xe2\x82\xac\xf0\x9f\x93\xa7");
    for (const auto& wrong : {"\\", "\\x", "\\x{", "\\x{}", "\\x{41", "\\u{41}", "\\x{4g}",
                              "\\x{D800}", "\\x{DFFF}", "\\x{110000}", "\\x{100000041}", "\xff"}) {
        CAPTURE(wrong);
        CHECK_FALSE(decodeUnicodeEscapes(wrong).has_value());
    }
}

}  // namespace postrider::mail
