#include "server/smtp/replies.h"

#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <vector>

namespace {

namespace mail = postrider::mail;
namespace replies = postrider::smtp::replies;

}  // namespace

TEST_CASE("a hook's reply is made fit to send (RFC 2034 4, E-002, E-003)") {
    struct Case {
        mail::Reply chosen;
        std::string sent;
    };
    const std::vector<Case> cases{
        {{550, mail::EnhancedStatus{5, 7, 1}, "no"}, "550 5.7.1 no"},
        {{450, mail::EnhancedStatus{5, 7, 1}, "no"}, "450 4.0.0 no"},
        {{550, std::nullopt, "no"}, "550 5.0.0 no"},
        {{250, mail::EnhancedStatus{2, 0, 0}, "yes"},
         "451 4.3.0 The request cannot be handled at the moment"},
        {{354, std::nullopt, "go on"}, "451 4.3.0 The request cannot be handled at the moment"},
        {{}, "451 4.3.0 The request cannot be handled at the moment"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.sent);
        CHECK(replies::refusal(c.chosen).toString() == c.sent);
    }
    CHECK(replies::disconnection({}).code == 421);
    CHECK(replies::disconnection({554, std::nullopt, "out"}).toString() == "554 5.0.0 out");
}

TEST_CASE("a refused greeting is 554, or 421 when it may be tried again (RFC 5321 3.1)") {
    CHECK(replies::refusedGreeting({550, mail::EnhancedStatus{5, 7, 1}, "no"}).toString() ==
          "554 no");
    CHECK(replies::refusedGreeting({450, std::nullopt, "later"}).toString() == "421 later");
}

TEST_CASE("octets beyond ASCII are hidden from those who did not ask for them (I-007)") {
    CHECK(replies::asciiOnly({550, std::nullopt, "sp\xc3\xa4t"}).lines.front() == "sp??t");
}

TEST_CASE("EHLO answers with one keyword a line (RFC 5321 4.1.1.1)") {
    CHECK(replies::ehlo("mx.example", {"SIZE 1", "HELP"}).wire() ==
          "250-mx.example\r\n250-SIZE 1\r\n250 HELP\r\n");
    CHECK(replies::challenge("").wire() == "334 \r\n");
}
