#include "server/dsn/delivery_status.h"

#include "server/dsn/dsn_policy.h"
#include "tests/unit/server/dsn/report_fixture.h"

#include <doctest/doctest.h>

namespace postrider::test {

TEST_CASE("the action is failed, so the status is of class 5 (RFC 3464 2.3.3, 2.3.4, D-012)") {
    struct Case {
        mail::EnhancedStatus last;
        mail::EnhancedStatus reported;
    };
    const Case cases[] = {
        {{5, 1, 1}, {5, 1, 1}}, {{5, 0, 0}, {5, 0, 0}}, {{4, 4, 1}, {5, 4, 1}},
        {{4, 2, 2}, {5, 2, 2}}, {{4, 0, 0}, {5, 4, 7}}, {{4, 3, 0}, {5, 4, 7}},
        {{4, 3, 1}, {5, 3, 1}}, {{0, 0, 0}, {5, 4, 7}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.last.toString());
        ReportFixture f;
        f.recipients[0].status = c.last;
        CHECK(dsn::reportedStatus(f.recipients[0]) == c.reported);
    }
}

TEST_CASE(
    "each block has its fields: a message, then the recipients (RFC 3464 2.2, 2.3; D-010, D-011)") {
    ReportFixture f;
    f.message.parameters.envid = "E1";
    f.recipients.push_back(f.failed("carol@remote.test"));
    f.recipients[1].orcpt = mail::OriginalRecipient{"rfc822", "carol@first.test"};
    const std::string status =
        dsn::composeDeliveryStatus(f.message, f.recipients, "mx.example.test", dsn::Charset::Ascii);
    const auto first = status.find("\r\n\r\n");
    const auto second = status.find("\r\n\r\n", first + 1);
    const auto message = mail::HeaderSection::parse(status.substr(0, first + 2));
    const auto bob = mail::HeaderSection::parse(status.substr(first + 4, second - first - 2));
    const auto carol = mail::HeaderSection::parse(status.substr(second + 4));
    CHECK(mail::unfold(message.find("Reporting-MTA")->value) == "dns; mx.example.test");
    CHECK(mail::unfold(message.find("Original-Envelope-Id")->value) == "E1");
    CHECK(message.count("Arrival-Date") == 1);
    CHECK(bob.find("Original-Recipient") == nullptr);
    CHECK(mail::unfold(bob.find("Final-Recipient")->value) == "rfc822; bob@remote.test");
    CHECK(mail::unfold(bob.find("Action")->value) == "failed");
    CHECK(mail::unfold(bob.find("Status")->value) == "5.1.1");
    CHECK(mail::unfold(bob.find("Remote-MTA")->value) == "dns; mx.remote.test");
    CHECK(mail::unfold(bob.find("Diagnostic-Code")->value) == "smtp; 550 5.1.1 No such user here");
    CHECK(mail::unfold(carol.find("Original-Recipient")->value) == "rfc822;carol@first.test");
}

TEST_CASE("a null reverse-path gets no report, whatever NOTIFY says (RFC 5321 4.5.5)") {
    mail::RcptParameters always;
    always.notify = {{mail::NotifyOn::Failure}};
    CHECK_FALSE(dsn::wantsFailureReport(mail::ReversePath{}, always));
    CHECK(dsn::wantsFailureReport(reversePath("a@b.test"), always));
    CHECK(dsn::wantsFailureReport(reversePath("a@b.test"), {}));
}

}  // namespace postrider::test
