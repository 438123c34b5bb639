#pragma once

#include "common/mail/header.h"
#include "server/dsn/dsn_composer.h"
#include "tests/support/addresses.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"

#include <string>
#include <string_view>
#include <vector>

namespace postrider::test {

/// A report cut into its pieces, as a mail reader would.
struct ReportParts {
    std::string header;
    std::vector<std::string> parts;  ///< each with its own header

    static ReportParts split(const std::string& octets) {
        ReportParts report;
        const std::string mark = "boundary=\"";
        const auto begin = octets.find(mark) + mark.size();
        const std::string boundary =
            "\r\n--" + octets.substr(begin, octets.find('"', begin) - begin);
        auto at = octets.find(boundary);
        report.header = octets.substr(0, octets.find("\r\n\r\n") + 2);
        while (octets.substr(at + boundary.size(), 2) != "--") {
            const auto start = at + boundary.size() + 2;
            at = octets.find(boundary, start);
            report.parts.push_back(octets.substr(start, at - start));
        }
        return report;
    }
    static std::string body(const std::string& part) {
        return part.substr(part.find("\r\n\r\n") + 4);
    }
};

/// Everything that a report is made of, the same each time.
struct ReportFixture {
    FakeClock clock;
    FakeRandom random;
    dsn::DsnComposer composer{"mx.example.test", random};
    dsn::ReportedMessage message{
        .id = mail::QueueId::parse("0mjw3kq2h5ab1c").value(),
        .reversePath = mailbox("alice@sender.test"),
        .parameters = {},
        .receivedAt = clock.now(),
        .triedSince = clock.now(),
        .expiresAt = clock.now() + std::chrono::hours{120},
        .content = mail::MessageContent::fromMemory("From: alice@sender.test\r\n"
                                                    "To: bob@remote.test\r\n"
                                                    "Message-ID: <1@sender.test>\r\n"
                                                    "Subject: hello\r\n"
                                                    "\r\n"
                                                    "Hello, Bob.\r\n")};
    std::vector<dsn::ReportedRecipient> recipients{failed("bob@remote.test")};

    dsn::ReportedRecipient failed(std::string_view address) const {
        return {.original = forwardPath(address),
                .final = forwardPath(address),
                .orcpt = {},
                .fate = dsn::Fate::Refused,
                .status = {5, 1, 1},
                .diagnostic = "550 5.1.1 No such user here",
                .remoteMta = "mx.remote.test",
                .lastAttempt = clock.now()};
    }
    dsn::Report compose() {
        clock.advance(std::chrono::hours{50});
        return composer.compose(message, recipients,
                                {mail::QueueId::parse("0mjw3kq2zzzzzz").value(), clock.now()});
    }
    std::string octets() { return *compose().content.bodyInMemory(); }
};

}  // namespace postrider::test
