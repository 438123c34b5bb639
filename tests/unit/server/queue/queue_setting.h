#pragma once

#include "common/base/metrics.h"
#include "common/storage/sqlite.h"
#include "server/queue/queue_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/recording_log.h"
#include "tests/support/temp_dir.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace postrider::test {

/// A queue in a folder of its own, and what its tests need to use it.
struct QueueSetting {
    explicit QueueSetting(std::uint64_t maxMessages = 1000) : maxMessages_(maxMessages) { open(); }

    void open() {
        store = queue::QueueStore::open({.dataDir = folder.path(), .maxMessages = maxMessages_},
                                        clock, log, metrics);
    }
    void reopen() {
        store.reset();
        open();
    }

    /// From alice@example.test, due at once, for one day.
    queue::NewMessage message(const std::vector<std::string>& to = {"bob@example.org"},
                              const std::string& body = "Subject: hello\r\n\r\nworld\r\n") {
        queue::NewMessage made{
            .id = mail::QueueId::make(clock.now(), random),
            .reversePath = mail::ReversePath::fromString("alice@example.test").value(),
            .parameters = {},
            .receivedAt = clock.now(),
            .expiresAt = clock.now() + std::chrono::hours{24},
            .content = mail::MessageContent::fromMemory(body).withPrepended("Received: x\r\n"),
            .originIp = "192.0.2.1",
            .ehlo = "client.example.test",
            .authUser = "alice@example.test",
            .listener = "submission",
            .sessionId = "s1",
            .recipients = {}};
        for (const std::string& address : to) {
            const auto path = mail::ForwardPath::fromString(address).value();
            made.recipients.push_back({.original = path,
                                       .final = path,
                                       .courier = "smtp",
                                       .nextHop = address.substr(address.find('@') + 1),
                                       .parameters = {}});
        }
        return made;
    }
    /// Puts it; false when it was refused.
    bool put(const queue::NewMessage& made) { return store->put(made).has_value(); }

    std::vector<queue::DueRecipient> due(std::size_t limit = 200) {
        return store->due({.now = clock.now(), .limit = limit, .skip = {}});
    }

    queue::RecipientOutcome outcome(const queue::DueRecipient& recipient,
                                    queue::RecipientState state) const {
        return {.rowId = recipient.rowId,
                .state = state,
                .at = clock.now(),
                .took = std::chrono::milliseconds{12},
                .status = state == queue::RecipientState::Delivered ? mail::EnhancedStatus{2, 0, 0}
                                                                    : mail::EnhancedStatus{4, 4, 1},
                .diagnostic = "said so",
                .remoteMta = "mx.example.org",
                .nextAttempt = clock.now() + std::chrono::minutes{5}};
    }
    bool settle(const queue::DueRecipient& recipient, queue::RecipientState state) {
        return store
            ->settle({.id = recipient.id, .outcomes = {outcome(recipient, state)}, .dsn = {}})
            .has_value();
    }

    /// Another connection, as `sqlite3 queue.db` has it.
    [[nodiscard]] storage::Database byHand() const {
        return storage::Database::open(folder / "queue.db",
                                       {.mode = storage::DatabaseOptions::Mode::ReadWrite});
    }
    [[nodiscard]] std::string text(std::string_view sql) const { return byHand().queryText(sql); }
    [[nodiscard]] std::int64_t number(std::string_view sql) const {
        return byHand().queryInteger(sql);
    }

    TempDir folder;
    FakeClock clock;
    FakeRandom random;
    RecordingLog log;
    Metrics metrics;
    std::unique_ptr<queue::QueueStore> store;

private:
    std::uint64_t maxMessages_;
};

/// The octets of a content, read through its reader.
inline std::string octetsOf(const mail::MessageContent& content) {
    std::string all;
    const auto reader = content.open();
    std::string buffer(1000, '\0');
    while (const std::size_t got = reader->read(buffer))
        all.append(buffer, 0, got);
    return all;
}

}  // namespace postrider::test
