#include "common/mail/domain.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

using namespace std::string_literals;

namespace {

std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i)
        out += text;
    return out;
}

}  // namespace

TEST_CASE("U-label, A-label and any case are one domain (S-006, I-009)") {
    struct Case {
        std::string text;
        std::string ascii;
    };
    const Case cases[] = {
        {"example.org", "example.org"},
        {"EXAMPLE.Org", "example.org"},
        {"localhost", "localhost"},
        {"a", "a"},
        {"1.2.3.4", "1.2.3.4"},
        {"3com.com", "3com.com"},
        {"r3---sn.example", "r3---sn.example"},
        {"b\u00FCcher.example", "xn--bcher-kva.example"},
        {"B\u00DCCHER.example", "xn--bcher-kva.example"},
        {"bu\u0308cher.example", "xn--bcher-kva.example"},
        {"xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"XN--BCHER-KVA.EXAMPLE", "xn--bcher-kva.example"},
        {"stra\u00DFe.de", "xn--strae-oqa.de"},
        {"r3---sn.b\u00FCcher.example", "r3---sn.xn--bcher-kva.example"},
        {"\u4F8B\u3048\u3002\u30C6\u30B9\u30C8", "xn--r8jz45g.xn--zckzah"},
        {"a\uFF0Eexample", "a.example"},
        {"a\uFF61example", "a.example"},
        {"\uFF45xample.org", "example.org"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto domain = Domain::parse(c.text);
        REQUIRE(domain);
        CHECK(domain->ascii() == c.ascii);
        CHECK(*Domain::parse(domain->ascii()) == *domain);
        CHECK(*Domain::parse(domain->unicode()) == *domain);
    }
}

TEST_CASE("the form for people has U-labels") {
    CHECK(Domain::parse("xn--bcher-kva.example")->unicode() == "b\u00FCcher.example");
    CHECK(Domain::parse("BU\u0308CHER.example")->unicode() == "b\u00FCcher.example");
    CHECK(Domain::parse("Example.ORG")->unicode() == "example.org");
}

TEST_CASE("only letters, digits and inner hyphens make a domain (S-026)") {
    struct Case {
        std::string text;
        DomainError why;
    };
    const Case cases[] = {
        {"", DomainError::Empty},
        {".", DomainError::EmptyLabel},
        {"a..b", DomainError::EmptyLabel},
        {".a", DomainError::EmptyLabel},
        {"a.", DomainError::EmptyLabel},
        {"b\u00FCcher\u3002", DomainError::EmptyLabel},
        {"b\u00FC..b", DomainError::EmptyLabel},
        {"-x", DomainError::BadCharacter},
        {"x-", DomainError::BadCharacter},
        {"a.-", DomainError::BadCharacter},
        {"x_y", DomainError::BadCharacter},
        {"a b", DomainError::BadCharacter},
        {" a", DomainError::BadCharacter},
        {"a/b", DomainError::BadCharacter},
        {"a@b", DomainError::BadCharacter},
        {"a;b", DomainError::BadCharacter},
        {"a\\b", DomainError::BadCharacter},
        {"a%b", DomainError::BadCharacter},
        {"\"a\"", DomainError::BadCharacter},
        {"[1.2.3.4]", DomainError::BadCharacter},
        {"a(b)", DomainError::BadCharacter},
        {"a<b>", DomainError::BadCharacter},
        {"*.a", DomainError::BadCharacter},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto domain = Domain::parse(c.text);
        REQUIRE_FALSE(domain.has_value());
        CHECK(domain.error() == c.why);
        CHECK_FALSE(describe(domain.error()).empty());
    }
}

TEST_CASE("NUL, controls and bad UTF-8 are refused before any mapping (I-010, I-004)") {
    for (const std::string& bad :
         {"a\0b"s, "b\u00FC\0.example"s, "a\r\nb"s, "a\tb"s, "a\x7f"s, "a\x80"s, "\xC0\xAF.a"s,
          "\xED\xA0\x80.a"s, "b\xFC.example"s, "\xE2\x82"s}) {
        const auto domain = Domain::parse(bad);
        REQUIRE_FALSE(domain.has_value());
        CHECK(domain.error() == DomainError::BadCharacter);
    }
}

TEST_CASE("what mapping turns into a separator is refused, not let through or dropped (I-010)") {
    for (const std::string bad : {
             "..\uFF0F..\uFF0Fetc",     // full-width slash
             "lo\uFF0Fcal.example",     //
             "a\uFF20b.example",        // full-width @
             "a\u3000b.example",        // ideographic space
             "a\u2100b.example",        // account of: a/c
             "a\uFE6Ab.example",        // small percent
             "a\uFF1Bb.example",        // full-width semicolon
             "a\uFF3Fb.example",        // full-width low line
             "a\uFF3Cb.example",        // full-width backslash
             "a\u2024b.example",        // one dot leader
             "a\u2488b.example",        // digit one full stop
             "a\u037Eb.example",        // Greek question mark: a semicolon
             "\u2260b.example",         // not equal to
             "a\u00A0b.example",        // no-break space
             "a\u202Eb\u202C.example",  // right-to-left override
             "a\u200Db.example",        // joiner without virama
             "a\u05D0b.example",        // both directions in one label
             "\u0308a.example",         // begins with a combining mark
             "=\u0338b.example",        // not equal to, in two pieces
             "xn--b-tfo.example",       // the same as an A-label
             "\U0001F600.example",      // emoji
         }) {
        CAPTURE(bad);
        CHECK_FALSE(Domain::parse(bad).has_value());
    }
}

TEST_CASE("an invisible character never makes a second spelling of a domain") {
    // dropped by the mapping (UTS 46): the canonical form is the plain one, and only that
    for (const std::string text : {"exam\u00ADple.org", "exam\u200Bple.org", "exam\uFE0Fple.org"}) {
        CAPTURE(text);
        const auto domain = Domain::parse(text);
        if (domain) CHECK(domain->ascii() == "example.org");
    }
    CHECK_FALSE(Domain::parse("\u00AD.org").has_value());
}

TEST_CASE("an A-label that no U-label maps to is refused (RFC 5891 section 5.3)") {
    for (const std::string bad :
         {"xn--a", "xn--", "xn--.example", "xn--0000h", "xn--a-", "xn--\u00FC", "xn--abc",
          "xn--bcher-kvA\u00FC", "xn--xample-9uf.\uFF0F", "xn--99999999", "xn--ls8h.example",
          "xn--0049-"}) {
        CAPTURE(bad);
        CHECK_FALSE(Domain::parse(bad).has_value());
    }
}

TEST_CASE("labels have at most 63 octets and domains 253, as A-labels (S-046)") {
    const std::string label63 = repeated("a", 63);
    CHECK(Domain::parse(label63 + ".example"));
    CHECK(Domain::parse(repeated("a", 64) + ".example").error() == DomainError::LabelTooLong);
    CHECK(Domain::parse(repeated("\u00FC", 64) + ".example").error() == DomainError::LabelTooLong);

    const std::string domain253 = repeated(label63 + ".", 3) + repeated("b", 61);
    REQUIRE(domain253.size() == 253);
    CHECK(Domain::parse(domain253)->ascii() == domain253);
    CHECK(Domain::parse(domain253 + "b").error() == DomainError::TooLong);
    CHECK(Domain::parse(repeated("a.", 5000) + "a").error() == DomainError::TooLong);
    CHECK(Domain::parse(std::string(8'000'000, 'x')).error() == DomainError::TooLong);
}

TEST_CASE("a domain is within itself and what is above it, by whole labels") {
    const auto within = [](const char* inner, const char* outer) {
        return Domain::parse(inner)->isWithin(*Domain::parse(outer));
    };
    CHECK(within("example.org", "example.org"));
    CHECK(within("mail.EXAMPLE.org", "example.org"));
    CHECK(within("a.b.example.org", "org"));
    CHECK_FALSE(within("badexample.org", "example.org"));
    CHECK_FALSE(within("example.org", "mail.example.org"));
    CHECK_FALSE(within("example.com", "example.org"));
}

}  // namespace postrider::mail
