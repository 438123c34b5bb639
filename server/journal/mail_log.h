#pragma once

#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/mail/envelope.h"
#include "common/mail/queue_id.h"
#include "common/mail/reply.h"
#include "common/mail/session_facts.h"
#include "server/journal/journal.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace postrider::journal {

/// What a delivery attempt did to one recipient, as the mail log tells it.
struct DeliveryEvent {
    const mail::QueueId& id;
    const mail::ReversePath& from;
    std::string to;       ///< original recipient
    std::string finalTo;  ///< when it differs
    std::string courier;
    std::string nextHop;
    std::string relay;   ///< who answered
    std::string status;  ///< "2.0.0"
    std::string diagnostic;
    std::chrono::milliseconds took{0};
    std::chrono::seconds delay{0};  ///< since the message was received
    unsigned attempt = 1;
    std::string next;  ///< for deferred: when it is tried again, ISO time
};

/// The closed list of life events: connected refused authenticated auth-failed rejected queued
/// attempt delivered deferred failed expired dsn-queued held released removed disconnected.
///
/// Each call writes one log line, counts one metric (postrider_events{event="..."}) and records one
/// decision in the journal (dsnQueued two, one for each message). The keys id from to relay status
/// delay come in this order, in front of all others; the null reverse-path is written "<>".
/// Thread-safe.
class MailLog {
public:
    MailLog(Log& log, Metrics& metrics, Journal& journal);

    void connected(const mail::SessionFacts& facts);
    /// The connection was not let in.
    void refused(const mail::SessionFacts& facts, std::string_view reason);
    void authenticated(const mail::SessionFacts& facts, std::string_view mechanism);
    void authFailed(const mail::SessionFacts& facts, std::string_view login,
                    std::string_view reason);
    /// A command or message got a 4yz or 5yz. `about` is the address concerned, or empty.
    void rejected(const mail::SessionFacts& facts, Step step, std::string_view about,
                  const mail::Reply& reply, std::string_view reason);
    void queued(const mail::SessionFacts& facts, const mail::QueueId& id,
                const mail::Envelope& envelope, std::uint64_t size);
    void attempt(const DeliveryEvent& event);
    void delivered(const DeliveryEvent& event);
    void deferred(const DeliveryEvent& event);
    void failed(const DeliveryEvent& event);
    void expired(const DeliveryEvent& event);
    void dsnQueued(const mail::QueueId& cause, const mail::QueueId& dsn, std::string_view to);
    /// held, released, removed ...: an operator's wish and its result.
    /// Those that end nothing by themselves (retry, expire, flush ...) are told as `action`.
    void action(std::string_view verb, std::string_view target, std::string_view by,
                std::string_view result);
    void disconnected(const mail::SessionFacts& facts, std::chrono::milliseconds duration,
                      unsigned messages, std::string_view reason);

    /// Decisions that are no life event of their own (alias expanded, route chosen, hook verdict).
    [[nodiscard]] Journal& journal() noexcept { return journal_; }

private:
    enum class Event {
        Connected,
        Refused,
        Authenticated,
        AuthFailed,
        Rejected,
        Queued,
        Attempt,
        Delivered,
        Deferred,
        Failed,
        Expired,
        DsnQueued,
        Held,
        Released,
        Removed,
        Disconnected,
        Action,
    };
    static constexpr std::size_t eventCount = 17;
    static std::string_view nameOf(Event event);
    static Event eventOf(std::string_view verb);

    /// One line and one count.
    void tell(Event event, std::initializer_list<LogField> fields);
    void settle(Event event, const DeliveryEvent& delivery);

    Log& log_;
    Journal& journal_;
    std::array<Counter*, eventCount>
        counters_{};  ///< all made at once: they show before they happen
};

}  // namespace postrider::journal
