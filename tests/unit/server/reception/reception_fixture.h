#pragma once

#include "server/reception/reception.h"
#include "tests/support/addresses.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_originator_policy.h"
#include "tests/support/fake_random.h"
#include "tests/support/fake_router.h"
#include "tests/support/memory_queue.h"
#include "tests/support/open_gatekeeper.h"
#include "tests/support/recording_journal.h"
#include "tests/support/recording_log.h"
#include "tests/support/temp_dir.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::test {

/// All octets of a content.
inline std::string readAll(const mail::MessageContent& content) {
    std::string octets;
    std::array<char, 1000> piece{};
    const auto reader = content.open();
    while (const std::size_t got = reader->read(piece))
        octets.append(piece.data(), got);
    return octets;
}

/// Answers the message step with a verdict and edits.
class EditingGatekeeper final : public OpenGatekeeper {
public:
    mail::MessageVerdict answer;
    std::vector<mail::ForwardPath> resolved;  ///< what it was shown
    std::string id;                           ///< the same
    std::string received;
    bool fromOurs = false;
    std::vector<mail::QueueId> queued;  ///< what it was told
    mail::MessageVerdict onMessage(const mail::MessageView& message) override {
        resolved = message.resolved;
        id = message.id;
        received = message.received;
        fromOurs = message.fromOurs;
        return answer;
    }
    void onQueued(const mail::QueueId& queueId) override { queued.push_back(queueId); }
    std::size_t resets = 0;
    void onReset() override { ++resets; }
};

/// A reception with everything around it fake. Begins with a stranger's TLS session and one
/// recipient.
struct ReceptionFixture {
    TempDir folder;
    FakeClock clock;
    FakeRandom random;
    FakeRouter router;
    FakeOriginatorPolicy originators;
    MemoryQueue queue;
    RecordingJournal journal;
    RecordingLog log;
    Metrics metrics;
    journal::MailLog mailLog{log, metrics, journal};
    EditingGatekeeper gatekeeper;
    std::size_t wakeUps = 0;
    std::vector<mail::EnvelopeRecipient> expanded;  ///< that a report was asked for
    mail::SessionFacts facts{.id = "0session000001",
                             .client = {IpAddress::v4({192, 0, 2, 7}), 4321},
                             .listener = mail::ListenerKind::Smtp,
                             .tls = mail::TlsFacts{"TLSv1.3", "TLS_AES_256_GCM_SHA384"},
                             .ehlo = mail::EhloName::from("client.example"),
                             .esmtp = true,
                             .user = std::nullopt};
    mail::Envelope envelope{
        reversePath("alice@sender.test"), {}, {{forwardPath("bob@example.test"), {}}}};
    reception::MessageReception reception{
        {.hostname = "mx.example.test",
         .giveUpAfter = std::chrono::hours{120},
         .rewrite = {folder.path(), 65536}},
        {router, originators, queue, mailLog, log, clock, random, [this] { ++wakeUps; },
         [this](const queue::NewMessage& message, const std::vector<mail::EnvelopeRecipient>& all) {
             return expansionReport(message, all);
         }}};

    ReceptionFixture() { router.local = {"example.test"}; }

    /// Stands for the real report.
    queue::NewMessage expansionReport(const queue::NewMessage& message,
                                      const std::vector<mail::EnvelopeRecipient>& aliases) {
        expanded = aliases;
        queue::NewMessage report = message;
        report.id = mail::QueueId::make(clock.now(), random);
        report.reversePath = {};
        report.listener = "dsn";
        return report;
    }
    void authenticate() {
        facts.user = "alice@example.test";
        facts.listener = mail::ListenerKind::Submission;
    }
    Result<mail::QueueId, mail::Reply> accept(mail::MessageContent content) {
        return reception.accept({facts, envelope, std::move(content), gatekeeper});
    }
    Result<mail::QueueId, mail::Reply> accept(std::string_view octets) {
        return accept(mail::MessageContent::fromMemory(std::string{octets}));
    }
    /// What the queue holds of the only message.
    std::string queuedOctets() { return readAll(queue.messages().at(0).content); }
};

constexpr std::string_view simpleMessage =
    "From: alice@sender.test\r\n"
    "Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n"
    "Message-ID: <1@sender.test>\r\n"
    "Subject: hello\r\n"
    "\r\n"
    "Hello, Bob.\r\n";

}  // namespace postrider::test
