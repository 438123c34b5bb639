#include "server/smtp/command.h"

#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::string_literals;
namespace command = postrider::smtp::command;
namespace mail = postrider::mail;
using postrider::smtp::parseCommand;
using postrider::smtp::Verb;

template <class T>
T parsed(std::string_view line) {
    const auto result = parseCommand(line);
    REQUIRE(result.has_value());
    REQUIRE(std::holds_alternative<T>(*result));
    return std::get<T>(*result);
}

/// "501 5.5.4", or the verb's number when the line is understood.
std::string refusal(std::string_view line) {
    const auto result = parseCommand(line);
    if (result) return "understood";
    const auto& reply = result.error();
    return std::to_string(reply.code) + (reply.status ? " " + reply.status->toString() : "");
}

}  // namespace

TEST_CASE(
    "verbs are known in any case and with spaces behind (RFC 5321 2.4, 4.1.1, S-005, S-061)") {
    struct Case {
        std::string line;
        Verb verb;
    };
    const std::vector<Case> cases{
        {"HELO x", Verb::Helo},
        {"ehlo x  ", Verb::Ehlo},
        {"StartTLS", Verb::StartTls},
        {"AUTH PLAIN", Verb::Auth},
        {"mail from:<>", Verb::Mail},
        {"rcpt to:<a@b>", Verb::Rcpt},
        {"DATA \t", Verb::Data},
        {"rset", Verb::Rset},
        {"NOOP what ever", Verb::Noop},
        {"VRFY bob", Verb::Vrfy},
        {"EXPN list", Verb::Expn},
        {"HELP", Verb::Help},
        {"HELP MAIL", Verb::Help},
        {"quit", Verb::Quit},
        {"GET / HTTP/1.1", Verb::Foreign},
        {"post /", Verb::Foreign},
        {"CONNECT a:25", Verb::Foreign},
        {"PUT /", Verb::Foreign},
        {"HEAD /", Verb::Foreign},
        {"OPTIONS *", Verb::Foreign},
        {"Host: a", Verb::Foreign},
    };
    for (const Case& c : cases) {
        CAPTURE(c.line);
        const auto result = parseCommand(c.line);
        REQUIRE(result.has_value());
        CHECK(std::visit([](const auto& said) { return said.verb; }, *result) == c.verb);
    }
}

TEST_CASE("what is not understood is refused by what is wrong with it (RFC 5321 4.2.4, S-036)") {
    struct Case {
        std::string line;
        std::string reply;
    };
    const std::vector<Case> cases{
        {"", "500 5.5.2"},
        {"   ", "500 5.5.2"},
        {"FROB", "500 5.5.1"},
        {"MAILFROM:<a@b>", "500 5.5.1"},
        {"\xc3\x84HLO x", "500 5.5.1"},
        {"NOOP\0"s, "500 5.5.2"},
        {"NOOP \x7f", "500 5.5.2"},
        {"MAIL\tFROM:<a@b>", "500 5.5.2"},
        {"HELO", "501"},
        {"EHLO  ", "501"},
        {"STARTTLS x", "501 5.5.4"},
        {"AUTH", "501 5.5.4"},
        {"AUTH PLAIN a b", "501 5.5.4"},
        {"DATA x", "501 5.5.4"},
        {"RSET x", "501 5.5.4"},
        {"QUIT x", "501 5.5.4"},
        {"VRFY", "501 5.5.4"},
        {"EXPN", "501 5.5.4"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.line);
        CHECK(refusal(c.line) == c.reply);
    }
}

TEST_CASE(
    "a MAIL or RCPT that is not in the grammar is refused (RFC 5321 4.1.1.2-3, S-018, "
    "S-023..S-026)") {
    struct Case {
        std::string line;
        std::string reply;
    };
    const std::vector<Case> cases{
        {"MAIL", "501 5.5.2"},
        {"MAIL <a@b>", "501 5.5.2"},
        {"MAIL FROM <a@b>", "501 5.5.2"},
        {"MAIL FROM:", "501 5.5.2"},
        {"MAIL FROM:a@b", "501 5.5.2"},
        {"MAIL FROM:<a@b", "501 5.5.2"},
        {"MAIL FROM:<\"a@b>", "501 5.5.2"},
        {"MAIL FROM:<a@b>x", "501 5.5.2"},
        {"MAIL FROM:<a@b> <c@d>", "501 5.5.4"},
        {"MAIL FROM:<.a@b>", "501 5.1.7"},
        {"MAIL FROM:<a..b@c>", "501 5.1.7"},
        {"MAIL FROM:<a b@c>", "501 5.1.7"},
        {"MAIL FROM:<a(b)@c>", "501 5.1.7"},
        {"MAIL FROM:<a,b@c>", "501 5.1.7"},
        {"MAIL FROM:<a@-x>", "501 5.1.7"},
        {"MAIL FROM:<a@x..y>", "501 5.1.7"},
        {"MAIL FROM:<a@x_y>", "501 5.1.7"},
        {"MAIL FROM:<a@>", "501 5.1.7"},
        {"MAIL FROM:<a>", "501 5.1.7"},
        {"MAIL FROM:<" + std::string(65, 'a') + "@b>", "501 5.1.7"},
        {"MAIL FROM:<" + std::string(1000, 'a') + "@b>", "501 5.1.7"},
        {"MAIL FROM:<a\xff@b> SMTPUTF8", "501 5.1.7"},
        {"RCPT", "501 5.5.2"},
        {"RCPT FROM:<a@b>", "501 5.5.2"},
        {"RCPT TO:<>", "501 5.1.3"},
        {"RCPT TO:<a@b@c>", "501 5.1.3"},
        {"RCPT TO:<a>", "501 5.1.3"},
        {"RCPT TO:<a@b>, <c@d>", "501 5.5.2"},
        {"RCPT TO:<a@b> FROB=1", "555 5.5.4"},
        {"RCPT TO:<a@b> -=1", "501 5.5.4"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.line);
        CHECK(refusal(c.line) == c.reply);
    }
}

TEST_CASE("a path is found to its true end, whatever its quotes hold (RFC 5321 4.1.2)") {
    const auto quoted = parsed<command::Mail>(R"(MAIL FROM:<"a>b\"> c"@d.example> SIZE=7)");
    REQUIRE(quoted.path.mailbox() != nullptr);
    CHECK(quoted.path.mailbox()->localpart().text() == "a>b\"> c");
    CHECK(quoted.parameters.size == 7);
    CHECK(parsed<command::Mail>("MAIL FROM:<>").path.isNull());
    CHECK(parsed<command::Rcpt>("RCPT TO:<PostMaster>").path.isBarePostmaster());
    CHECK(parsed<command::Rcpt>("RCPT TO:<@x.example,@y.example:a@b.example>").path.toString() ==
          "a@b.example");
    CHECK(parsed<command::Rcpt>("RCPT TO:  <a@b.example>").path.toString() == "a@b.example");
}

TEST_CASE("MAIL parameters are taken as their RFCs say (Z-002, Z-007, B-001, I-002, A-009)") {
    const auto all =
        parsed<command::Mail>("MAIL FROM:<a@b> size=10 BODY=8bitMIME SMTPUTF8 AUTH=<>").parameters;
    CHECK(all.size == 10);
    CHECK((all.body == mail::BodyType::EightBitMime));
    CHECK(all.smtputf8);
    const auto none = parsed<command::Mail>("MAIL FROM:<a@b>").parameters;
    CHECK_FALSE(none.size.has_value());
    CHECK((none.body == mail::BodyType::SevenBit));
    CHECK_FALSE(none.smtputf8);
    const auto huge = parsed<command::Mail>("MAIL FROM:<a@b> SIZE=18446744073709551617").parameters;
    CHECK(huge.size == UINT64_MAX);

    struct Case {
        std::string parameters;
        std::string reply;
    };
    const std::vector<Case> cases{
        {"SIZE", "501 5.5.4"},          {"SIZE=", "501 5.5.4"},
        {"SIZE=-1", "501 5.5.4"},       {"SIZE=1x", "501 5.5.4"},
        {"SIZE=1=2", "501 5.5.4"},      {"SIZE=" + std::string(21, '0'), "501 5.5.4"},
        {"SIZE=1 SIZE=1", "501 5.5.4"}, {"BODY", "501 5.5.4"},
        {"BODY=9BIT", "501 5.5.4"},     {"REQUIRETLS=1", "501 5.5.4"},
        {"SMTPUTF8=", "501 5.5.4"},     {"SMTPUTF8=1", "501 5.5.4"},
        {"AUTH", "501 5.5.4"},          {"MT-PRIORITY=3", "555 5.5.4"},
        {"X-FROB=1", "555 5.5.4"},      {"F\xc3\xb6=1", "501 5.5.4"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.parameters);
        CHECK(refusal("MAIL FROM:<a@b> " + c.parameters) == c.reply);
    }
}

TEST_CASE("a path written with octets beyond ASCII is marked so, U-labels too (RFC 6531 3.4)") {
    CHECK(parsed<command::Mail>("MAIL FROM:<a@b.example>").asciiPath);
    CHECK_FALSE(parsed<command::Mail>("MAIL FROM:<j\xc3\xbc@b.example>").asciiPath);
    CHECK_FALSE(parsed<command::Rcpt>("RCPT TO:<a@b\xc3\xbc"
                                      "cher.example>")
                    .asciiArgument);
    CHECK_FALSE(parsed<command::Rcpt>("RCPT TO:<a@b> ORCPT=utf-8;j\xc3\xbc@b").asciiArgument);
    CHECK(parsed<command::Rcpt>("RCPT TO:<a@b> ORCPT=utf-8;j\\x{FC}@b").asciiArgument);
}

TEST_CASE("AUTH keeps its initial response apart from none (RFC 4954 4)") {
    CHECK_FALSE(parsed<command::Auth>("AUTH PLAIN").initialResponse.has_value());
    CHECK(parsed<command::Auth>("AUTH PLAIN =").initialResponse == "=");
    CHECK(parsed<command::Auth>("AUTH PLAIN AGEAYg==").initialResponse == "AGEAYg==");
    CHECK(parsed<command::Auth>("auth login").mechanism == "login");
}

TEST_CASE("EHLO takes the first word, whatever it is (S-013, S-014)") {
    CHECK(parsed<command::Ehlo>("EHLO [192.0.2.1]").name.literal() != nullptr);
    CHECK(parsed<command::Ehlo>("EHLO mail.example").name.domain() != nullptr);
    CHECK(parsed<command::Ehlo>("EHLO x_(y) z").name.toString() == "x_?y?");
}

TEST_CASE("no line makes the parser fail or hang") {
    const std::vector<std::string> seeds{"MAIL FROM:<\"a\\\"b\"@[IPv6:::1]> SIZE=1 BODY=7BIT",
                                         "RCPT TO:<@a,@b:c@d>",
                                         "AUTH PLAIN AGEAYg==", "EHLO [IPv6:2001:db8::1]"};
    for (const auto& seed : seeds) {
        for (std::size_t at = 0; at < seed.size(); ++at) {
            for (int octet = 0; octet < 256; ++octet) {
                auto line = seed;
                line[at] = static_cast<char>(octet);
                const auto changed = parseCommand(line);
                const auto cut = parseCommand(std::string_view{line}.substr(0, at));
                CHECK((changed || changed.error().code >= 500));
                CHECK((cut || cut.error().code >= 500));
            }
        }
    }
}
