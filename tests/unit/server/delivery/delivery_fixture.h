#pragma once

#include "server/delivery/delivery.h"
#include "tests/support/addresses.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/fake_router.h"
#include "tests/support/memory_queue.h"
#include "tests/support/recording_couriers.h"
#include "tests/support/recording_journal.h"
#include "tests/support/recording_log.h"

#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

namespace postrider::test {

/// Delivery with everything around it fake, and no delivery yet: start() makes one.
struct DeliveryFixture {
    FakeClock clock;
    FakeRandom random;
    FakeRouter router;
    MemoryQueue queue;
    RecordingJournal journal;
    RecordingLog log;
    Metrics metrics;
    journal::MailLog mailLog{log, metrics, journal};
    RecordingCouriers couriers;
    delivery::DeliveryOptions options;
    std::unique_ptr<delivery::Delivery> delivery;

    DeliveryFixture() {
        options.hostname = "mx.example.test";
        options.actionsEvery = std::chrono::milliseconds{20};
        options.retry = {std::chrono::minutes{10}};
        options.giveUpAfter = std::chrono::hours{1};
    }
    ~DeliveryFixture() { delivery.reset(); }
    DeliveryFixture(const DeliveryFixture&) = delete;
    DeliveryFixture& operator=(const DeliveryFixture&) = delete;

    void start() {
        delivery = std::make_unique<delivery::Delivery>(
            options,
            delivery::DeliveryPorts{queue, couriers, router, mailLog, log, metrics, clock, random});
    }
    /// A message from alice@sender.test; each recipient goes to its domain by courier "remote".
    queue::NewMessage message(const std::vector<std::string>& recipients,
                              const std::string& from = "alice@sender.test") {
        queue::NewMessage message{.id = mail::QueueId::make(clock.now(), random),
                                  .reversePath = reversePath(from),
                                  .parameters = {},
                                  .receivedAt = clock.now(),
                                  .expiresAt = clock.now() + options.giveUpAfter,
                                  .content = mail::MessageContent::fromMemory(
                                      "Message-ID: <1@sender.test>\r\n\r\nhello\r\n"),
                                  .originIp = "192.0.2.1",
                                  .ehlo = "client.example",
                                  .authUser = {},
                                  .listener = "smtp",
                                  .sessionId = {},
                                  .recipients = {}};
        for (const std::string& recipient : recipients) {
            const auto path = forwardPath(recipient);
            const auto to = router.destinationOf(path);
            message.recipients.push_back({path, path, to.courier, to.nextHop, {}});
        }
        return message;
    }
    mail::QueueId put(const std::vector<std::string>& recipients,
                      const std::string& from = "alice@sender.test") {
        const auto fresh = message(recipients, from);
        REQUIRE(queue.put(fresh));
        if (delivery) delivery->wake();
        return fresh.id;
    }
    /// The reports among the messages of the queue.
    std::vector<queue::NewMessage> reports() {
        std::vector<queue::NewMessage> found;
        for (auto& one : queue.messages()) {
            if (one.listener == "dsn") found.push_back(std::move(one));
        }
        return found;
    }
    bool settled() { return queue.waitUntilNothingIsDue(clock.now()); }
};

inline std::string octetsOf(const queue::NewMessage& message) {
    return *message.content.bodyInMemory();
}

}  // namespace postrider::test
