#include "server/smtp/sasl.h"

#include "common/base/text.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace {

using namespace std::string_literals;
using postrider::smtp::SaslChallenge;
using postrider::smtp::SaslComplete;
using postrider::smtp::SaslExchange;
using postrider::smtp::SaslFault;
using postrider::smtp::SaslMechanism;
using postrider::smtp::saslMechanismFromString;
using postrider::text::toBase64;

template <class T, class V>
bool is(const V& progress) {
    return std::holds_alternative<T>(progress);
}

template <class V>
bool isFault(const V& progress, SaslFault fault) {
    const auto* found = std::get_if<SaslFault>(&progress);
    return found != nullptr && *found == fault;
}

}  // namespace

TEST_CASE("only the offered mechanisms are known, in any case (RFC 4954 4)") {
    CHECK((saslMechanismFromString("plain") == SaslMechanism::Plain));
    CHECK((saslMechanismFromString("LOGIN") == SaslMechanism::Login));
    CHECK((saslMechanismFromString("Scram-Sha-256") == SaslMechanism::ScramSha256));
    CHECK((saslMechanismFromString("scram-sha-256-plus") == SaslMechanism::ScramSha256Plus));
    for (const auto* name : {"", "CRAM-MD5", "EXTERNAL", "ANONYMOUS", "PLAINX", "GSSAPI",
                             "SCRAM-SHA-1", "SCRAM-SHA-256-"}) {
        CAPTURE(name);
        CHECK_FALSE(saslMechanismFromString(name).has_value());
    }
}

TEST_CASE(
    "PLAIN is authorization, user and password between exactly two NULs (RFC 4616 2, A-007)") {
    struct Case {
        std::string message;
        bool good;
    };
    const std::vector<Case> cases{
        {"\0u\0p"s, true},     {"z\0u\0p"s, true},    {"u\0p"s, false},  {"\0u\0p\0"s, false},
        {"\0u\0p\0x"s, false}, {"z\0u\0\0p"s, false}, {"u"s, false},     {"\0"s, false},
        {"\0\0"s, false},      {"\0u\0"s, false},     {"\0\0p"s, false},
    };
    for (const Case& c : cases) {
        CAPTURE(toBase64(c.message));
        SaslExchange withInitial{SaslMechanism::Plain};
        CHECK(is<SaslComplete>(withInitial.begin(toBase64(c.message))) == c.good);
        SaslExchange asked{SaslMechanism::Plain};
        CHECK(is<SaslChallenge>(asked.begin(std::nullopt)));
        CHECK(is<SaslComplete>(asked.respond(toBase64(c.message))) == c.good);
    }
}

TEST_CASE("PLAIN gives the login as it was sent") {
    SaslExchange exchange{SaslMechanism::Plain};
    REQUIRE(is<SaslComplete>(
        exchange.begin(toBase64("z@example\0\x75ser@example\0p\xc3\xa4ss w=rd"s))));
    CHECK(exchange.login().authorizationId == "z@example");
    CHECK(exchange.login().authenticationId == "user@example");
    CHECK(exchange.login().password == "p\xc3\xa4ss w=rd");
}

TEST_CASE("LOGIN asks for a name and a password, and bears a client that does not wait") {
    for (const bool waits : {true, false}) {
        CAPTURE(waits);
        SaslExchange exchange{SaslMechanism::Login};
        if (waits) {
            REQUIRE(is<SaslChallenge>(exchange.begin(std::nullopt)));
            REQUIRE(is<SaslChallenge>(exchange.respond(toBase64("user@example"))));
        } else {
            REQUIRE(is<SaslChallenge>(exchange.begin(toBase64("user@example"))));
        }
        REQUIRE(is<SaslComplete>(exchange.respond(toBase64("secret"))));
        CHECK(exchange.login().authenticationId == "user@example");
        CHECK(exchange.login().password == "secret");
        CHECK(exchange.login().authorizationId.empty());
    }
}

TEST_CASE("an exchange is cancelled by a star and refused when it is no base64 (A-003)") {
    for (const auto mechanism : {SaslMechanism::Plain, SaslMechanism::Login}) {
        SaslExchange cancelled{mechanism};
        CHECK(is<SaslChallenge>(cancelled.begin(std::nullopt)));
        CHECK(isFault(cancelled.respond("*"), SaslFault::Cancelled));
        for (const auto* garbage : {"not base64", "AGEAYg", "AGEAYg=", "AGEAYg==x", " AGEAYg=="}) {
            CAPTURE(garbage);
            SaslExchange exchange{mechanism};
            CHECK(is<SaslChallenge>(exchange.begin(std::nullopt)));
            CHECK(isFault(exchange.respond(garbage), SaslFault::NotBase64));
        }
        SaslExchange empty{mechanism};
        CHECK(isFault(empty.begin("="), SaslFault::Malformed));
    }
}

TEST_CASE("a NUL inside a LOGIN answer does not cut it short") {
    SaslExchange exchange{SaslMechanism::Login};
    static_cast<void>(exchange.begin(std::nullopt));
    const auto afterName = exchange.respond(toBase64("user\0x"s));
    if (is<SaslChallenge>(afterName)) {
        CHECK_FALSE(is<SaslComplete>(exchange.respond(toBase64("secret"))));
    } else {
        CHECK(isFault(afterName, SaslFault::Malformed));
    }
}

TEST_CASE("both mechanisms give the same octets, whatever script they are in (A-008)") {
    const std::vector<std::string> words{"p\xef\xac\x81", "\xf0\x9f\x94\x91", "a\xcc\x88",
                                         "\xe2\x80\xa6\xc2\xa0x", "\xc2\xad\xff"};
    for (const auto& word : words) {
        CAPTURE(word);
        auto message = "\0u"s + word;
        message.append(1, '\0').append(word);
        SaslExchange plain{SaslMechanism::Plain};
        REQUIRE(is<SaslComplete>(plain.begin(toBase64(message))));
        SaslExchange login{SaslMechanism::Login};
        REQUIRE(is<SaslChallenge>(login.begin(toBase64("u" + word))));
        REQUIRE(is<SaslComplete>(login.respond(toBase64(word))));
        CHECK(plain.login().authenticationId == "u" + word);
        CHECK(login.login().authenticationId == "u" + word);
        CHECK(plain.login().password == word);
        CHECK(login.login().password == word);
    }
}

TEST_CASE("an answer as long as a line may be is taken") {
    const std::string password(8000, 'x');
    SaslExchange exchange{SaslMechanism::Plain};
    REQUIRE(is<SaslComplete>(exchange.begin(toBase64("\0u\0"s + password))));
    CHECK(exchange.login().password == password);
}
