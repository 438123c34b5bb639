#include "server/auth/password_hash.h"

#include <doctest/doctest.h>
#include <string>
#include <thread>
#include <vector>

using namespace postrider::auth;

TEST_CASE("a new hash is yescrypt in Dovecot's form, salted, and matches its password only") {
    const auto first = hashPassword("s3cret");
    const auto second = hashPassword("s3cret");
    REQUIRE(first.has_value());
    CHECK(first->starts_with("{CRYPT}$y$"));
    CHECK(first->find(':') == std::string::npos);
    CHECK(*first != *second);
    CHECK(verifyPassword("s3cret", *first).value() == Match::Yes);
    CHECK(verifyPassword("s3cret ", *first).value() == Match::No);
    CHECK(verifyPassword("", *first).value() == Match::No);
}

TEST_CASE("hashes that other programs wrote are verified") {
    struct Case {
        std::string stored;
        std::string password;
    };
    const std::vector<Case> cases{
        // written by `openssl passwd`
        {"$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/"
         "O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
         "Hello world!"},
        {"{SHA512-CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/"
         "O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
         "Hello world!"},
        {"{crypt}$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"},
        {"{SHA256-CRYPT}$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"},
        {"{MD5-CRYPT}$1$saltstri$YMyguxXMBpd2TEZ.vS/3q1", "Hello world!"},
        // written by `doveadm pw`
        {"{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$ZYm+qKAUA+R2+ZxzcF0Gkw$"
         "zzXriOtgHboma7j310CPqnCoXRsxMlCOupIWv7bcIig",
         "secret"},
        {"{ARGON2I}$argon2i$v=19$m=32768,t=3,p=1$5yOsrcqUpyrO7tc5Ep9veg$Lm+JZP4N+"
         "FMmAb9hTKELNJc8WKXVm8/bTY6wKFypzJg",
         "secret"},
        {"{SCRAM-SHA-256}4096,Yo/Vm+FySmPb1ECQOjKwIg==,MwO9BVLHxo2gHK+UaL/"
         "AAo2biIGlJXQZTNZU8rSNvTo=,KdjrXDvwNdV/ZA9wP1CwqbPaX/NcUI3TaLYCoQ7S6vI=",
         "secret"},
        // from the test vectors of crypt_blowfish
        {"{BLF-CRYPT}$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.stored);
        CHECK(verifyPassword(c.password, c.stored).value() == Match::Yes);
        CHECK(verifyPassword(c.password + "x", c.stored).value() == Match::No);
        CHECK(whyUnverifiable(c.stored).empty());
    }
}

TEST_CASE("a hash that cannot be checked names its scheme; it never matches") {
    struct Case {
        std::string stored;
        std::string reason;
    };
    const std::vector<Case> cases{
        {"{ARGON2ID}$argon2id$v=19$m=9999999,t=3,p=1$x$y",
         "this is no Argon2 hash of bearable cost"},
        {"{ARGON2ID}$argon2i$v=19$m=65536,t=3,p=1$x$y",
         "the hash is not of the scheme {ARGON2ID} before it"},
        {"$argon2d$v=19$m=65536,t=3,p=1$x$y", "this is no Argon2 hash of bearable cost"},
        {"{ssha512}abc", "the password scheme {SSHA512} is not supported"},
        {"{SCRAM-SHA-256}4096,x,y,z", "this is no usable SCRAM-SHA-256 verifier"},
        {"{PLAIN}secret", "the password scheme {PLAIN} is not supported"},
        {"{SHA512-CRYPT}$y$j9T$x$y", "the hash is not of the scheme {SHA512-CRYPT} before it"},
        {"secret", "the password hash is of no known kind"},
        {"{CRYPT}ab01FAX.bQRSU", "the password hash is of no known kind"},
        {"$argon2id$v=19$m=65536$x$y", "this is no Argon2 hash of bearable cost"},
        {"", "the password hash is of no known kind"},
        {"{CRYPT", "the password hash is of no known kind"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.stored);
        const auto match = verifyPassword("secret", c.stored);
        REQUIRE_FALSE(match.has_value());
        CHECK(match.error() == c.reason);
        CHECK(whyUnverifiable(c.stored) == c.reason);
    }
}

TEST_CASE("hashes that are cheap to guess from by now are named; others and locked ones are not") {
    struct Case {
        std::string stored;
        std::string scheme;
    };
    const std::string salted = ".E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    const std::vector<Case> cases{
        {"$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/"
         "O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
         "SHA512-CRYPT"},
        {"{CRYPT}$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "SHA256-CRYPT"},
        {"{MD5-CRYPT}$1$saltstri$YMyguxXMBpd2TEZ.vS/3q1", "MD5-CRYPT"},
        {"{BLF-CRYPT}$2a$05$CCCCCCCCCCCCCCCCCCCCC" + salted, "bcrypt of cost 5"},
        {"{BLF-CRYPT}$2y$11$CCCCCCCCCCCCCCCCCCCCC" + salted, "bcrypt of cost 11"},
        {"{BLF-CRYPT}$2y$12$CCCCCCCCCCCCCCCCCCCCC" + salted, ""},
        {"{CRYPT}$gy$j9T$saltstring$PoV1hSVoMPT9F5TSbhXOGxd/kkUwDLAd8YjPkpJcKz8", ""},
        {"{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$x$y", ""},
        {"*", ""},
        {"{CRYPT}!$1$saltstri$YMyguxXMBpd2TEZ.vS/3q1", ""},
        {"{PLAIN}secret", ""},
        {hashPassword("x").value(), ""},
        {hashPassword("x", HashScheme::ScramSha256).value(), ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.stored);
        CHECK(outdatedScheme(c.stored).value_or("") == c.scheme);
    }
}

TEST_CASE("a locked hash is nobody's, not even that of crypt's own error answer") {
    for (const auto* stored : {"*", "!", "*0", "*1", "{CRYPT}*", "{CRYPT}!$y$j9T$x$y"}) {
        CAPTURE(stored);
        CHECK(isLocked(stored));
        CHECK(verifyPassword("*0", stored).value() == Match::No);
        CHECK(verifyPassword("*", stored).value() == Match::No);
    }
}

TEST_CASE("what crypt would cut is refused instead: a NUL, or more than 511 octets") {
    const std::string withNul{"secret\0more", 11};
    CHECK(hashPassword(withNul).error() ==
          "the password holds a control character, or is not UTF-8");
    CHECK(hashPassword(std::string(512, 'x')).error() == "the password is longer than 511 octets");
    CHECK(hashPassword("").error() == "the password is empty");
    CHECK_FALSE(hashPassword("a\nb").has_value());

    const auto stored = hashPassword("secret");
    REQUIRE(stored.has_value());
    CHECK(verifyPassword(withNul, *stored).value() == Match::No);
    const auto longest = hashPassword(std::string(511, 'x'));
    REQUIRE(longest.has_value());
    CHECK(verifyPassword(std::string(511, 'x'), *longest).value() == Match::Yes);
    CHECK(verifyPassword(std::string(512, 'x'), *longest).value() == Match::No);
}

TEST_CASE("a password is the same however its accents were typed (RFC 8265 4.2, A-008)") {
    const auto stored = hashPassword(
        "gr\xC3\xBC\xC3\x9F"
        "e");
    REQUIRE(stored.has_value());
    CHECK(verifyPassword("gru\xCC\x88\xC3\x9F"
                         "e",
                         *stored)
              .value() == Match::Yes);
    CHECK(verifyPassword("Gr\xC3\xBC\xC3\x9F"
                         "e",
                         *stored)
              .value() == Match::No);
}

TEST_CASE("many threads verify at once without disturbing each other") {
    const auto stored = hashPassword("secret");
    REQUIRE(stored.has_value());
    const auto verify = [&](const std::string& password, Match expected) {
        for (int i = 0; i < 5; ++i)
            CHECK(verifyPassword(password, *stored).value() == expected);
    };
    const std::jthread right{verify, "secret", Match::Yes};
    const std::jthread wrong{verify, "secreT", Match::No};
    verify("secret", Match::Yes);
}
