#include "common/mail/localpart.h"

#include "common/base/text.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

using namespace std::string_literals;

TEST_CASE("a local part is decoded, and written again in its plainest form (S-024)") {
    struct Case {
        std::string text;
        std::string decoded;
        std::string wire;
    };
    const Case cases[] = {
        {"alice", "alice", "alice"},
        {"Alice.B", "Alice.B", "Alice.B"},
        {"\"alice\"", "alice", "alice"},
        {"\"al\\ice\"", "alice", "alice"},
        {"\"a b\"", "a b", "\"a b\""},
        {"\"a\\ b\"", "a b", "\"a b\""},
        {"\"a@b\"", "a@b", "\"a@b\""},
        {"\".a\"", ".a", "\".a\""},
        {"\"a..b\"", "a..b", "\"a..b\""},
        {"\"a.\"", "a.", "\"a.\""},
        {"\"q\\\"q\"", "q\"q", "\"q\\\"q\""},
        {"\"b\\\\b\"", "b\\b", "\"b\\\\b\""},
        {"\" \"", " ", "\" \""},
        {"!#$%&'*+-/=?^_`{|}~", "!#$%&'*+-/=?^_`{|}~", "!#$%&'*+-/=?^_`{|}~"},
        {"j\u00FCrgen", "j\u00FCrgen", "j\u00FCrgen"},
        {"\"j\u00FC r\"", "j\u00FC r", "\"j\u00FC r\""},
        {"=?utf-8?q?a?=", "=?utf-8?q?a?=", "=?utf-8?q?a?="},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto localpart = Localpart::parse(c.text);
        REQUIRE(localpart);
        CHECK(localpart->text() == c.decoded);
        CHECK(localpart->wire() == c.wire);
        CHECK(Localpart::parse(localpart->wire()) == localpart);
        CHECK(localpart->isAscii() == text::isAscii(c.decoded));
    }
}

TEST_CASE("spellings of one mailbox are equal, different case is not (S-006, S-024)") {
    CHECK(Localpart::parse("\"al\\ice\"") == Localpart::parse("alice"));
    CHECK(Localpart::parse("Alice") != Localpart::parse("alice"));
}

TEST_CASE("malformed local parts are refused (S-023, S-025, I-004)") {
    for (const std::string& bad : {""s,
                                   "."s,
                                   ".a"s,
                                   "a."s,
                                   "a..b"s,
                                   "a b"s,
                                   "a(b)"s,
                                   "a,b"s,
                                   "a@b"s,
                                   "a:b"s,
                                   "a;b"s,
                                   "a<b"s,
                                   "a>b"s,
                                   "a[b]"s,
                                   "a\\b"s,
                                   "\""s,
                                   "\"\""s,
                                   "\"a"s,
                                   "a\""s,
                                   "\"a\"b"s,
                                   "\"a\"b\""s,
                                   "\"a\\\""s,
                                   "\"a\".b"s,
                                   "a\"b\"c"s,
                                   "a\0b"s,
                                   "a\x01"s,
                                   "\"a\0b\""s,
                                   "\"a\rb\""s,
                                   "\"a\\\nb\""s,
                                   "\"a\tb\""s,
                                   "a\x7f"s,
                                   "\"a\\\x7f\""s,
                                   "a\x80"s,
                                   "\xC0\xAF"s,
                                   "\xED\xA0\x80"s,
                                   "\xE2\x82"s,
                                   "\"\\\xC3\xBC\""s,
                                   "a\xC2\x85z"s,
                                   "a\xC2\x9Bz"s}) {
        CAPTURE(text::toHex(bad));
        CHECK_FALSE(Localpart::parse(bad).has_value());
    }
}

TEST_CASE("local parts of 64 octets work, longer ones are refused and never cut (S-045)") {
    const std::string longest(64, 'a');
    CHECK(Localpart::parse(longest)->text() == longest);
    CHECK(Localpart::parse('"' + longest + '"')->text() == longest);
    std::string escaped = "\"";
    for (int i = 0; i < 64; ++i)
        escaped += "\\a";
    CHECK(Localpart::parse(escaped + '"')->text() == longest);
    for (const std::size_t size : {65U, 128U, 1000U, 8'000'000U}) {
        CAPTURE(size);
        CHECK_FALSE(Localpart::parse(std::string(size, 'a')).has_value());
        CHECK_FALSE(Localpart::parse('"' + std::string(size, 'a') + '"').has_value());
    }
}

TEST_CASE("user names are compared in one normal form (RFC 8265 section 3.5, I-011)") {
    struct Case {
        std::string name;
        std::string canonical;
    };
    const Case cases[] = {
        {"alice", "alice"},
        {"Alice.B-C_d+e", "alice.b-c_d+e"},
        {"juliet@example.com", "juliet@example.com"},
        {"fussball", "fussball"},
        {"fu\u00DFball", "fu\u00DFball"},
        {"\u03C0", "\u03C0"},
        {"\u03A3", "\u03C3"},
        {"\u03C3", "\u03C3"},
        {"\u03C2", "\u03C2"},
        {"J\u00DCRGEN", "j\u00FCrgen"},
        {"ju\u0308rgen", "j\u00FCrgen"},
        {"\uFF41\uFF22\uFF43", "abc"},                             // full width
        {"\uFF71", "\u30A2"},                                      // half-width katakana
        {"l\u00B7l", "l\u00B7l"},                                  // Catalan middle dot
        {"\u0375\u03B1", "\u0375\u03B1"},                          // Greek keraia
        {"\u05D0\u05F3", "\u05D0\u05F3"},                          // Hebrew geresh
        {"\u30A2\u30FB\u30A2", "\u30A2\u30FB\u30A2"},              // katakana middle dot
        {"\u0915\u094D\u200D\u0937", "\u0915\u094D\u200D\u0937"},  // joiner after virama
        {"\u0628\u200C\u0628", "\u0628\u200C\u0628"},  // non-joiner between joining letters
        {"\u05D0\u05D1", "\u05D0\u05D1"},              // right to left
        {"\u05D01", "\u05D01"},
        {"\u0627\u0661", "\u0627\u0661"},
        {"\u4F8B", "\u4F8B"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto canonical = canonicalUsername(c.name);
        REQUIRE(canonical);
        CHECK(*canonical == c.canonical);
        CHECK(canonicalUsername(*canonical) == canonical);
    }
}

TEST_CASE("names that only look like a user's name are nobody's (RFC 8265 section 3.5, I-014)") {
    for (const std::string bad : {
             "",
             "foo bar",
             "foo\u00A0bar",  // no-break space
             "\u3000",        // ideographic space: a plain one after width mapping
             "a\tb",
             "\x7f",
             "henry\u2163",        // Roman numeral four
             "\u265A",             // black chess king
             "\u221E",             // infinity
             "\u212Aelvin",        // Kelvin sign, which lower-cases to k
             "\u212B",             // Angstrom sign
             "\uFB01sh",           // ligature fi
             "\u017F",             // long s
             "alice\u200B",        // zero-width space
             "alice\u00AD",        // soft hyphen
             "alice\u200D",        // joiner without virama
             "al\u200Cice",        // non-joiner between Latin letters
             "\u202Ealice\u202C",  // right-to-left override
             "a\u2066b\u2069",     // isolate
             "a\u00B7b",           // middle dot outside Catalan
             "\u00B7",
             "\u0375a",       // keraia before Latin
             "a\u05F3",       // geresh after Latin
             "\u30FB",        // katakana middle dot alone
             "\u0660\u06F0",  // both rows of Arabic digits
             "\u06F0\u0660",
             "\u05D0a",  // both directions
             "a\u05D0",
             "1\u05D0",        // begins with a digit, then right to left
             "\u05D0.",        // right to left may not end in a dot
             "\u06271\u0661",  // European and Arabic digits
             "\u1100\u1161",   // old Hangul jamo
             "\u0640",         // tatweel
             "\U0001F600",     // emoji
             "\uFFFD\xFF",     // bad UTF-8
             "\uE000",         // private use
             "\uFDD0",         // noncharacter
             "\u0378",         // unassigned
         }) {
        CAPTURE(bad);
        CHECK_FALSE(canonicalUsername(bad).has_value());
    }
    CHECK_FALSE(canonicalUsername("a\0b"s).has_value());
    CHECK_FALSE(canonicalUsername(std::string(256, 'a')).has_value());
    CHECK(canonicalUsername(std::string(255, 'a')).has_value());
    CHECK_FALSE(canonicalUsername(std::string(1'000'000, '\xC3')).has_value());
}

TEST_CASE("a local part has the canonical form of its decoded text") {
    CHECK(Localpart::parse("\"Al\\ice\"")->canonical() == "alice");
    CHECK_FALSE(Localpart::parse("\"a b\"")->canonical().has_value());
}

}  // namespace postrider::mail
