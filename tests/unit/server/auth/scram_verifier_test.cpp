#include "server/auth/scram_verifier.h"

#include "common/base/text.h"
#include "server/auth/password_hash.h"

#include <doctest/doctest.h>
#include <string>

using namespace postrider::auth;
using postrider::text::toBase64;

namespace {

/// Written by `doveadm pw -s SCRAM-SHA-256` for "secret".
const std::string dovecots =
    "{SCRAM-SHA-256}4096,Yo/Vm+FySmPb1ECQOjKwIg==,MwO9BVLHxo2gHK+UaL/AAo2biIGlJXQZTNZU8rSNvTo=,"
    "KdjrXDvwNdV/ZA9wP1CwqbPaX/NcUI3TaLYCoQ7S6vI=";

}  // namespace

TEST_CASE("a verifier that Dovecot wrote is read, and written the same") {
    const auto verifier = parseScramVerifier(dovecots);
    REQUIRE(verifier.has_value());
    CHECK(verifier->iterations == 4096);
    CHECK(verifier->salt.size() == 16);
    CHECK(toString(*verifier) == dovecots);
    CHECK(isPasswordOf(*verifier, "secret"));
    CHECK_FALSE(isPasswordOf(*verifier, "Secret"));
    CHECK_FALSE(isPasswordOf(*verifier, ""));
}

TEST_CASE("the keys are those of the example in RFC 7677 3") {
    const auto salt = postrider::text::fromBase64("W22ZaJ0SNY7soEsUEjb6gQ==").value();
    const auto verifier = makeScramVerifier("pencil", salt, 4096);
    CHECK(toBase64(verifier.storedKey) == "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=");
    CHECK(toBase64(verifier.serverKey) == "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
}

TEST_CASE("what is no verifier is not taken for one (RFC 7677 4: at least 4096 iterations)") {
    const std::string key = toBase64(std::string(32, 'k'));
    for (const std::string& text :
         {std::string{}, std::string{"4096,c2FsdA==,"} + key + "," + key,
          "{SCRAM-SHA-1}4096,c2FsdA==," + key + "," + key,
          "{SCRAM-SHA-256}4095,c2FsdA==," + key + "," + key,
          "{SCRAM-SHA-256}4000001,c2FsdA==," + key + "," + key,
          "{SCRAM-SHA-256}99999999999999999999,c2FsdA==," + key + "," + key,
          "{SCRAM-SHA-256}-1,c2FsdA==," + key + "," + key,
          "{SCRAM-SHA-256}4096,," + key + "," + key,
          "{SCRAM-SHA-256}4096,c2FsdA==," + key + ",c2hvcnQ=",
          "{SCRAM-SHA-256}4096,c2FsdA==,c2hvcnQ=," + key,
          "{SCRAM-SHA-256}4096,not base64," + key + "," + key,
          "{SCRAM-SHA-256}4096,c2FsdA==," + key,
          "{SCRAM-SHA-256}4096,c2FsdA==," + key + "," + key + ","}) {
        CAPTURE(text);
        CHECK_FALSE(parseScramVerifier(text).has_value());
    }
    CHECK(parseScramVerifier("{scram-sha-256}4096,c2FsdA==," + key + "," + key).has_value());
}

TEST_CASE("a new verifier is salted, and a password can be checked against it as against a hash") {
    const auto first = hashPassword("s3cret", HashScheme::ScramSha256);
    const auto second = hashPassword("s3cret", HashScheme::ScramSha256);
    REQUIRE(first.has_value());
    CHECK(first->starts_with("{SCRAM-SHA-256}40000,"));
    CHECK(first->find(':') == std::string::npos);
    CHECK(*first != *second);
    CHECK((verifyPassword("s3cret", *first).value() == Match::Yes));
    CHECK((verifyPassword("s3cret ", *first).value() == Match::No));
    CHECK(whyUnverifiable(*first).empty());
    CHECK_FALSE(isLocked(*first));
}

TEST_CASE("a made-up verifier is the same for a name each time, and unlike that of any other") {
    const auto one = inventScramVerifier("a@a.example", "secret", 4096);
    const auto again = inventScramVerifier("a@a.example", "secret", 4096);
    CHECK(toString(one) == toString(again));
    CHECK(one.salt.size() == 16);
    CHECK(parseScramVerifier(toString(one)).has_value());
    CHECK(one.salt != inventScramVerifier("b@a.example", "secret", 4096).salt);
    CHECK(one.salt != inventScramVerifier("a@a.example", "other", 4096).salt);
    CHECK(one.storedKey != one.serverKey);
}
