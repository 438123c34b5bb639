#include "tests/unit/server/dsn/report_fixture.h"

#include <cstdlib>
#include <doctest/doctest.h>
#include <fstream>
#include <iterator>
#include <regex>

namespace postrider::test {

namespace {

/// With line ends as a text file has them.
std::string withoutCr(const std::string& octets) {
    return std::regex_replace(octets, std::regex{"\r\n"}, "\n");
}

/// The file of tests/golden/dsn; with POSTRIDER_WRITE_GOLDEN set it is written anew before.
std::string golden(const std::string& name, const std::string& now) {
    const std::string file = std::string{POSTRIDER_TESTS_DIR} + "/golden/dsn/" + name;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): this test has one thread
    if (std::getenv("POSTRIDER_WRITE_GOLDEN") != nullptr) {
        std::ofstream{file, std::ios::binary} << now;
    }
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

TEST_CASE("a report of one refusal reads as it did") {
    ReportFixture f;
    const std::string text = withoutCr(f.octets());
    CHECK(text == golden("refused.eml", text));
}

TEST_CASE(
    "a report of several, given up and refused here, with all DSN parameters, reads as it did") {
    ReportFixture f;
    f.message.parameters.envid = "QQ314159";
    f.message.parameters.ret = mail::Ret::Headers;
    f.recipients.push_back(f.failed("carol@down.test"));
    f.recipients.back().orcpt = mail::OriginalRecipient{"rfc822", "Carol@list.test"};
    f.recipients.back().fate = dsn::Fate::GivenUp;
    f.recipients.back().status = {4, 4, 1};
    f.recipients.back().remoteMta = "";
    f.recipients.back().diagnostic = "connect to 192.0.2.9:25: Connection refused";
    f.recipients.push_back(f.failed("info@example.test"));
    f.recipients.back().final = forwardPath("dave@example.test");
    f.recipients.back().remoteMta = "";
    f.recipients.back().status = {5, 2, 2};
    f.recipients.back().diagnostic = "the mailbox is full";
    const std::string text = withoutCr(f.octets());
    CHECK(text == golden("several.eml", text));
}

TEST_CASE("a report of a delay reads as it did") {
    ReportFixture f;
    f.recipients[0].fate = dsn::Fate::Delayed;
    f.recipients[0].status = {4, 2, 1};
    f.recipients[0].diagnostic = "450 4.2.1 Mailbox busy";
    f.recipients.push_back(f.failed("carol@down.test"));
    f.recipients.back().fate = dsn::Fate::Delayed;
    f.recipients.back().status = {4, 4, 1};
    f.recipients.back().remoteMta = "";
    f.recipients.back().diagnostic = "connect to 192.0.2.9:25: Connection refused";
    const std::string text = withoutCr(f.octets());
    CHECK(text == golden("delayed.eml", text));
}

TEST_CASE("a report of what was delivered, relayed and expanded reads as it did") {
    ReportFixture f;
    f.message.parameters.envid = "QQ314159";
    f.message.parameters.ret = mail::Ret::Full;
    f.recipients[0].fate = dsn::Fate::Delivered;
    f.recipients[0].status = {2, 0, 0};
    f.recipients[0].remoteMta = "";
    f.recipients[0].diagnostic = "written to the mailbox";
    f.recipients.push_back(f.failed("carol@old.test"));
    f.recipients.back().orcpt = mail::OriginalRecipient{"rfc822", "Carol@list.test"};
    f.recipients.back().fate = dsn::Fate::Relayed;
    f.recipients.back().status = {2, 1, 5};
    f.recipients.back().diagnostic = "250 2.1.5 Ok";
    f.recipients.back().remoteMta = "mx.old.test";
    f.recipients.push_back(f.failed("team@example.test"));
    f.recipients.back().fate = dsn::Fate::Expanded;
    f.recipients.back().status = {2, 0, 0};
    f.recipients.back().remoteMta = "";
    f.recipients.back().diagnostic = "";
    const std::string text = withoutCr(f.octets());
    CHECK(text == golden("successes.eml", text));
}

TEST_CASE("a report of a failure and a delay reads as it did") {
    ReportFixture f;
    f.recipients.push_back(f.failed("carol@slow.test"));
    f.recipients.back().fate = dsn::Fate::Delayed;
    f.recipients.back().status = {4, 4, 1};
    f.recipients.back().remoteMta = "";
    f.recipients.back().diagnostic = "connect to 192.0.2.9:25: Connection refused";
    const std::string text = withoutCr(f.octets());
    CHECK(text == golden("mixed.eml", text));
}

TEST_CASE("a report with UTF-8 addresses reads as it did (RFC 6533)") {
    ReportFixture f;
    f.message.parameters.smtputf8 = true;
    f.message.reversePath = mailbox("ålice@sender.test");
    f.message.content = mail::MessageContent::fromMemory("Subject: grüße\r\n\r\nhallo\r\n");
    f.recipients = {f.failed("jürgen@remote.test")};
    f.recipients[0].diagnostic = "550 5.1.1 Niemand heißt hier so";
    const auto report = f.compose();
    CHECK(report.parameters.smtputf8);
    CHECK((report.parameters.body == mail::BodyType::EightBitMime));
    const std::string text = withoutCr(*report.content.bodyInMemory());
    CHECK(text == golden("utf8.eml", text));
}

}  // namespace postrider::test
