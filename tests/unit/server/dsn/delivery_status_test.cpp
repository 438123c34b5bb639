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

TEST_CASE("the status is of the class that the action has, whatever the last one was (D-012)") {
    using dsn::Fate;
    struct Case {
        Fate fate;
        mail::EnhancedStatus last;
        mail::EnhancedStatus reported;
    };
    const Case cases[] = {
        {Fate::Delayed, {4, 2, 1}, {4, 2, 1}},   {Fate::Delayed, {5, 7, 1}, {4, 0, 0}},
        {Fate::Delivered, {2, 1, 5}, {2, 1, 5}}, {Fate::Relayed, {4, 0, 0}, {2, 0, 0}},
        {Fate::Expanded, {0, 0, 0}, {2, 0, 0}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.last.toString());
        ReportFixture f;
        f.recipients[0].fate = c.fate;
        f.recipients[0].status = c.last;
        CHECK(dsn::reportedStatus(f.recipients[0]) == c.reported);
    }
}

TEST_CASE("what NOTIFY asks for is reported and nothing else (RFC 3461 4.1, D-007)") {
    using mail::NotifyOn;
    struct Case {
        const char* notify;
        bool failure;
        bool success;
        bool delay;
        bool delayOfStranger;
    };
    const Case cases[] = {
        {"", true, false, true, false},         {"NEVER", false, false, false, false},
        {"SUCCESS", false, true, false, false}, {"FAILURE", true, false, false, false},
        {"DELAY", false, false, true, true},    {"SUCCESS,FAILURE,DELAY", true, true, true, true},
    };
    const auto from = reversePath("a@b.test");
    for (const Case& c : cases) {
        CAPTURE(c.notify);
        mail::RcptParameters parameters;
        if (*c.notify != '\0') parameters.notify = mail::notifyFromString(c.notify);
        CHECK(dsn::wantsFailureReport(from, parameters) == c.failure);
        CHECK(dsn::wantsSuccessReport(from, parameters) == c.success);
        CHECK(dsn::wantsDelayReport(from, parameters, dsn::Sender::OurUser) == c.delay);
        CHECK(dsn::wantsDelayReport(from, parameters, dsn::Sender::Stranger) == c.delayOfStranger);
    }
}

TEST_CASE("a null reverse-path gets no report, whatever NOTIFY says (RFC 5321 4.5.5)") {
    mail::RcptParameters always;
    always.notify = {{mail::NotifyOn::Success, mail::NotifyOn::Failure, mail::NotifyOn::Delay}};
    CHECK_FALSE(dsn::wantsSuccessReport(mail::ReversePath{}, always));
    CHECK_FALSE(dsn::wantsDelayReport(mail::ReversePath{}, always, dsn::Sender::OurUser));
    CHECK_FALSE(dsn::wantsFailureReport(mail::ReversePath{}, always));
    CHECK(dsn::wantsFailureReport(reversePath("a@b.test"), always));
    CHECK(dsn::wantsFailureReport(reversePath("a@b.test"), {}));
}

}  // namespace postrider::test
