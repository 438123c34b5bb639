#include "server/dsn/dsn_composer.h"

#include "common/base/text.h"
#include "server/dsn/returned_content.h"
#include "tests/unit/server/dsn/report_fixture.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>

namespace postrider::test {

namespace {

constexpr std::size_t huge = 20'000'000;

std::size_t longestLine(std::string_view octets) {
    std::size_t longest = 0;
    for (const std::string_view line : text::split(octets, '\n'))
        longest = std::max(longest, line.size());
    return longest - 1;  // the CR
}

std::string field(const std::string& header, std::string_view name) {
    const auto section = mail::HeaderSection::parse(header);
    REQUIRE(section.count(name) == 1);
    return mail::unfold(section.find(name)->value);
}

}  // namespace

TEST_CASE(
    "a report is a multipart/report of text, status and message (RFC 6522 3, D-009; C-016, C-019, "
    "C-020)") {
    ReportFixture f;
    const auto report = ReportParts::split(f.octets());
    CHECK(field(report.header, "Content-Type")
              .starts_with("multipart/report; report-type=delivery-status; boundary="));
    CHECK(field(report.header, "From") == "Mail Delivery System <postmaster@mx.example.test>");
    CHECK(field(report.header, "To") == "<alice@sender.test>");
    CHECK(field(report.header, "Auto-Submitted") == "auto-replied");
    CHECK(field(report.header, "Date") == "Mon, 23 Nov 2026 14:00:00 +0000");
    CHECK(field(report.header, "In-Reply-To") == "<1@sender.test>");
    CHECK(field(report.header, "Message-ID").ends_with("@mx.example.test>"));
    CHECK(field(report.header, "MIME-Version") == "1.0");
    REQUIRE(report.parts.size() == 3);
    CHECK(report.parts[0].starts_with("Content-Type: text/plain; charset=us-ascii\r\n"));
    CHECK(report.parts[1].starts_with("Content-Type: message/delivery-status\r\n"));
    CHECK(report.parts[2].starts_with("Content-Type: message/rfc822\r\n"));
    CHECK(ReportParts::body(report.parts[2]) == *f.message.content.bodyInMemory());
}

TEST_CASE("no text of a stranger can add a field, a line or a part (D-013)") {
    const char* evil[] = {
        "550 x\r\nAction: delivered\r\nStatus: 2.0.0",
        "550 x\nSubject: injected",
        "550 \"quoted\" \\ (comment",
        "550 --=_report_aaaaaaaaaaaaaaaaaaaaaaaa--",
        "550 \x01\x7f\xff\xfe caf\xc3\xa9",
        "",
    };
    for (const char* const words : evil) {
        CAPTURE(words);
        ReportFixture f;
        f.recipients[0].diagnostic = words;
        f.recipients[0].remoteMta = words;
        f.recipients[0].orcpt = mail::OriginalRecipient{words, words};
        f.message.parameters.envid = words;
        const std::string octets = f.octets();
        const auto report = ReportParts::split(octets);
        REQUIRE(report.parts.size() == 3);
        const std::string status = ReportParts::body(report.parts[1]);
        CHECK(text::isAscii(octets));
        CHECK(status.find("\r\nAction: failed\r\n") != std::string::npos);
        CHECK(status.find("\r\nAction: delivered") == std::string::npos);
        CHECK(status.find("\r\nStatus: 2") == std::string::npos);
        CHECK(octets.find("\nSubject: injected") == std::string::npos);
        const auto blank = status.find("\r\n\r\n");
        CHECK(status.find("\r\n\r\n", blank + 2) == std::string::npos);
    }
}

TEST_CASE(
    "lines are at most 78 octets where words allow it, never over 998 (RFC 5322 2.1.1, C-017)") {
    ReportFixture f;
    for (int i = 0; i < 40; ++i)
        f.recipients[0].diagnostic += " and so on";
    CHECK(longestLine(f.octets()) <= 98);  // the Content-Type field with its boundary
    f.recipients[0].diagnostic = std::string(5000, 'x');
    CHECK(longestLine(f.octets()) <= 998);
}

TEST_CASE(
    "what goes back is the message when it is small and wanted, else its header (RFC 3461 4.3, "
    "D-014)") {
    using dsn::Returned;
    const std::string header = "Subject: x\r\n\r\n";
    struct Case {
        const char* name = "";
        std::size_t body = 0;
        std::optional<mail::Ret> ret;
        mail::BodyType type = mail::BodyType::SevenBit;
        Returned what = Returned::Nothing;
    };
    const auto seven = mail::BodyType::SevenBit;
    const Case cases[] = {
        {"small", 100, std::nullopt, seven, Returned::Everything},
        {"small FULL", 100, mail::Ret::Full, seven, Returned::Everything},
        {"small HDRS", 100, mail::Ret::Headers, seven, Returned::Header},
        {"at the limit", dsn::maxReturned - header.size(), std::nullopt, seven,
         Returned::Everything},
        {"over the limit", dsn::maxReturned, std::nullopt, seven, Returned::Header},
        {"large FULL", huge, mail::Ret::Full, seven, Returned::Header},
        {"binary", 100, std::nullopt, mail::BodyType::BinaryMime, Returned::Header},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        mail::MailParameters parameters;
        parameters.ret = c.ret;
        parameters.body = c.type;
        const auto content = mail::MessageContent::fromMemory(header + std::string(c.body, 'x'));
        const auto returned = dsn::contentToReturn(content, parameters, dsn::Tells::OfFailure);
        CHECK((returned.what == c.what));
        CHECK(returned.octets.size() <= dsn::maxReturned);
        if (c.what == Returned::Header) CHECK(returned.octets == header);
    }
}

TEST_CASE(
    "without a failure only the header goes back, and so it does under REQUIRETLS, whose report "
    "asks for it too (RFC 3461 4.3, RFC 8689 5)") {
    for (const dsn::Fate fate :
         {dsn::Fate::Delayed, dsn::Fate::Delivered, dsn::Fate::Relayed, dsn::Fate::Expanded}) {
        ReportFixture f;
        f.message.parameters.ret = mail::Ret::Full;
        f.recipients[0].fate = fate;
        const auto report = f.compose();
        CHECK_FALSE(report.parameters.requireTls);
        CHECK(ReportParts::split(*report.content.bodyInMemory())
                  .parts.at(2)
                  .starts_with("Content-Type: text/rfc822-headers\r\n"));
    }
    ReportFixture f;
    f.message.parameters.ret = mail::Ret::Full;
    f.message.parameters.requireTls = true;
    const auto report = f.compose();
    CHECK(report.parameters.requireTls);
    CHECK(ReportParts::split(*report.content.bodyInMemory())
              .parts.at(2)
              .starts_with("Content-Type: text/rfc822-headers\r\n"));
}

TEST_CASE("what was given up was tried since its release and not since it came") {
    ReportFixture f;
    f.recipients[0].fate = dsn::Fate::GivenUp;
    f.message.triedSince = f.message.receivedAt + std::chrono::hours{20};
    CHECK(f.octets().find("It was tried for 1 day and then given up.") != std::string::npos);
}

TEST_CASE("the subject tells the worst of what a report tells") {
    using dsn::Fate;
    struct Case {
        std::vector<Fate> fates;
        const char* subject;
    };
    const Case cases[] = {
        {{Fate::Delivered, Fate::Delayed, Fate::GivenUp}, "Your message could not be delivered"},
        {{Fate::Relayed, Fate::Delayed}, "Your message is delayed"},
        {{Fate::Delivered, Fate::Expanded}, "Your message was passed on"},
        {{Fate::Relayed}, "Your message was passed on"},
        {{Fate::Delivered}, "Your message was delivered"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.subject);
        ReportFixture f;
        f.recipients.clear();
        for (const Fate fate : c.fates) {
            f.recipients.push_back(f.failed("bob@remote.test"));
            f.recipients.back().fate = fate;
        }
        CHECK(field(ReportParts::split(f.octets()).header, "Subject") == c.subject);
    }
}

TEST_CASE(
    "a header that is too long goes back cut at a line end; a message that cannot be read not at "
    "all") {
    std::string header;
    while (header.size() < 100'000)
        header += "X-Field: some words\r\n";
    const auto cut =
        dsn::contentToReturn(mail::MessageContent::fromMemory(header), {}, dsn::Tells::OfFailure);
    CHECK(cut.octets.size() <= dsn::maxReturned);
    CHECK(cut.octets.ends_with("words\r\n"));

    ReportFixture f;
    f.message.content = mail::MessageContent::fromFile("/nowhere/at/all", 100);
    CHECK(ReportParts::split(f.octets()).parts.size() == 2);
}

TEST_CASE("a thousand recipients make one report of bounded size (ATTACKS 1.3, D-014)") {
    ReportFixture f;
    f.recipients.clear();
    for (int i = 0; i < 1000; ++i) {
        f.recipients.push_back(f.failed("user" + std::to_string(i) + "@remote.test"));
        f.recipients.back().diagnostic = std::string(2000, 'd');
    }
    f.message.content =
        mail::MessageContent::fromMemory("Subject: x\r\n\r\n" + std::string(huge, 'x'));
    const std::string octets = f.octets();
    CHECK(octets.size() < 1'100'000);
    CHECK(octets.find("and 950 more") != std::string::npos);
    CHECK(octets.find("user999@remote.test") != std::string::npos);
}

TEST_CASE("only a reverse-path that needs it makes a report of UTF-8 (RFC 6533, I-012, I-013)") {
    struct Case {
        const char* name;
        const char* reversePath;
        const char* recipient;
        const char* octets;
        bool smtputf8;
        bool utf8;
        mail::BodyType body;
    };
    const auto seven = mail::BodyType::SevenBit;
    const auto eight = mail::BodyType::EightBitMime;
    const Case cases[] = {
        {"ascii", "a@b.test", "c@d.test", "Subject: x\r\n\r\nx\r\n", true, false, seven},
        {"reverse-path", "ä@b.test", "c@d.test", "Subject: x\r\n\r\nx\r\n", true, true, eight},
        {"recipient", "a@b.test", "ç@d.test", "Subject: x\r\n\r\nx\r\n", true, false, seven},
        {"header", "a@b.test", "c@d.test", "Subject: ä\r\n\r\nx\r\n", true, false, seven},
        {"body", "a@b.test", "c@d.test", "Subject: x\r\n\r\nä\r\n", true, false, eight},
        {"raw 8 bit header", "a@b.test", "c@d.test", "Subject: \xe4\r\n\r\nx\r\n", false, false,
         eight},
        {"U-label", "a@bücher.test", "c@d.test", "Subject: x\r\n\r\nx\r\n", true, false, seven},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        ReportFixture f;
        f.message.reversePath = mailbox(c.reversePath);
        f.recipients = {f.failed(c.recipient)};
        f.message.content = mail::MessageContent::fromMemory(c.octets);
        f.message.parameters.smtputf8 = c.smtputf8;
        const auto report = f.compose();
        CHECK(report.parameters.smtputf8 == c.utf8);
        CHECK((report.parameters.body == c.body));
        const auto parts = ReportParts::split(*report.content.bodyInMemory()).parts;
        CHECK(parts[1].starts_with(c.utf8 ? "Content-Type: message/global-delivery-status\r\n"
                                          : "Content-Type: message/delivery-status\r\n"));
        if (!c.utf8) CHECK(text::isAscii(parts[1]));
    }
}

TEST_CASE("an ASCII report of UTF-8 mail tells all of it, escaped and encoded (RFC 6533 3)") {
    ReportFixture f;
    f.message.parameters.smtputf8 = true;
    f.recipients = {f.failed("jürgen@remote.test")};
    f.recipients[0].orcpt = mail::OriginalRecipient{"utf-8", "jürgen+x@list.test"};
    const std::string octets = "Subject: grüße\r\n\r\nhallo\r\n";
    f.message.content = mail::MessageContent::fromMemory(octets);
    const auto decoded = [](const std::string& part) {
        std::string base64 = ReportParts::body(part);
        std::erase_if(base64, [](char c) { return c == '\r' || c == '\n'; });
        return text::fromBase64(base64).value_or("not base64");
    };
    for (const bool whole : {true, false}) {
        CAPTURE(whole);
        f.message.parameters.ret = whole ? mail::Ret::Full : mail::Ret::Headers;
        const auto report = f.compose();
        const std::string all = *report.content.bodyInMemory();
        CHECK(text::isAscii(all));
        CHECK(longestLine(all) <= 98);
        CHECK_FALSE(report.parameters.smtputf8);
        CHECK((report.parameters.body == mail::BodyType::SevenBit));
        const auto parts = ReportParts::split(all).parts;
        CHECK(
            parts.at(0).starts_with("Content-Type: text/plain; charset=utf-8\r\n"
                                    "Content-Transfer-Encoding: base64\r\n"));
        CHECK(decoded(parts[0]).find("<jürgen@remote.test>") != std::string::npos);
        CHECK(parts.at(1).find("\r\nFinal-Recipient: utf-8; j\\x{FC}rgen@remote.test\r\n") !=
              std::string::npos);
        CHECK(parts[1].find("\r\nOriginal-Recipient: utf-8;j\\x{FC}rgen\\x{2B}x@list.test\r\n") !=
              std::string::npos);
        const std::string type = whole ? "message/global" : "message/global-headers";
        CHECK(parts.at(2).starts_with("Content-Type: " + type + "\r\n"));
        CHECK(decoded(parts[2]).starts_with("Subject: grüße\r\n"));
        CHECK(decoded(parts[2]).ends_with(whole ? "hallo\r\n" : "\r\n"));
    }
}

TEST_CASE("a Message-ID that is none of ours to trust does not get into the report's header") {
    for (const char* const id : {"no brackets", "<a b@c>", "<x@y>\r\n z", "<\xc3\xa4@y>", ""}) {
        CAPTURE(id);
        ReportFixture f;
        f.message.content =
            mail::MessageContent::fromMemory(std::string{"Message-ID: "} + id + "\r\n\r\nx\r\n");
        const auto report = ReportParts::split(f.octets());
        CHECK(report.header.find("In-Reply-To") == std::string::npos);
        CHECK(report.header.find("References") == std::string::npos);
    }
}

TEST_CASE("two reports never share a Message-ID or a boundary (C-018)") {
    ReportFixture f;
    std::set<std::string> ids;
    std::set<std::string> types;
    for (int i = 0; i < 500; ++i) {
        const auto report = ReportParts::split(f.octets());
        ids.insert(field(report.header, "Message-ID"));
        types.insert(field(report.header, "Content-Type"));
    }
    CHECK(ids.size() == 500);
    CHECK(types.size() == 500);
}

}  // namespace postrider::test
