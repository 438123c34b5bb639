#include "server/delivery/delivery.h"

#include "server/dsn/dsn_policy.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace postrider::delivery {

namespace {

constexpr std::chrono::minutes mindClockEvery{1};
constexpr std::string_view inFlightGauge = "postrider_deliveries_in_flight";

std::vector<std::int64_t> rowsOf(const Job& job) {
    std::vector<std::int64_t> rows;
    rows.reserve(job.recipients.size());
    for (const queue::DueRecipient& recipient : job.recipients)
        rows.push_back(recipient.rowId);
    return rows;
}

std::vector<std::int64_t> rowsOf(const std::vector<Decided>& decided) {
    std::vector<std::int64_t> rows;
    rows.reserve(decided.size());
    for (const Decided& one : decided)
        rows.push_back(one.recipient.rowId);
    return rows;
}

std::string_view wordFor(plugin::Disposition disposition) {
    switch (disposition) {
        case plugin::Disposition::Delivered:
            return "delivered";
        case plugin::Disposition::Transient:
            return "deferred";
        case plugin::Disposition::Permanent:
            return "failed";
    }
    return "deferred";
}

/// Enough of a message that cannot be read to put it off.
queue::StoredMessage unreadable(const mail::QueueId& id, WallTime now) {
    return {.id = id,
            .reversePath = {},
            .parameters = {},
            .receivedAt = now,
            .expiresAt = WallTime::max(),
            .content = mail::MessageContent::fromMemory({})};
}

std::stop_token alreadyStopped() {
    std::stop_source source;
    source.request_stop();
    return source.get_token();
}

}  // namespace

Delivery::Delivery(const DeliveryOptions& options, const DeliveryPorts& ports)
    : options_(options),
      ports_(ports),
      timeout_(options.timeout),
      warnAfter_(options.warnAfter),
      retry_(std::make_shared<const queue::RetryPolicy>(options.retry, options.giveUpAfter)),
      settlement_(options,
                  {ports.store, ports.router, ports.mailLog, ports.log, ports.clock, ports.random}),
      attemptSeconds_(ports.metrics.histogram("postrider_attempt_seconds",
                                              "How long one delivery attempt took")),
      clockMinded_(ports.clock.steady() - mindClockEvery),
      pool_(options.threads, [this](const std::stop_token& stop) { work(stop); }),
      scheduler_(options, ports.store, ports.clock, ports.log,
                 [this](std::size_t jobs) { pool_.grow(jobs); }),
      keeper_(options, ports.store, ports.mailLog, ports.log,
              {[this] { scheduler_.reconsider(); },
               [this](const std::stop_token& stop) {
                   settleHeld(ports_.clock.steady() - options_.gatherReports, stop);
                   mindTheClock();
               }}) {
    ports_.metrics.gaugeFrom(inFlightGauge, "Delivery attempts that are going on",
                             [this] { return static_cast<double>(scheduler_.inFlight()); });
}

Delivery::~Delivery() {
    ports_.metrics.gaugeFrom(inFlightGauge, "", {});
    keeper_.stop();
    scheduler_.stop();
    pool_.stop();
    settleHeld(SteadyTime::max(), alreadyStopped());
}

void Delivery::use(const DeliveryOptions& options) {
    const auto policy =
        std::make_shared<const queue::RetryPolicy>(options.retry, options.giveUpAfter);
    retry_.set(policy);
    settlement_.use(policy);
    scheduler_.use(options);
    timeout_.store(options.timeout);
    warnAfter_.store(options.warnAfter);
}

bool Delivery::stop(std::chrono::milliseconds grace) {
    scheduler_.stop();
    const bool idle = scheduler_.waitUntilIdle(grace);
    keeper_.stop();
    if (idle) pool_.stop();  // they are writing down what they did, no more
    settleHeld(SteadyTime::max(), alreadyStopped());
    return idle;
}

void Delivery::work(const std::stop_token& stop) {
    while (const auto job = scheduler_.next()) {
        try {
            carryOut(*job, stop);
        } catch (const std::exception& e) {
            // No memory: the thread goes on, and the recipients are due again.
            ports_.log.error("delivery-failed", {{"id", job->id.toString()}, {"reason", e.what()}});
            abandon(*job, stop);
        }
    }
}

void Delivery::carryOut(const Job& job, const std::stop_token& stop) {
    std::optional<queue::StoredMessage> message;
    try {
        message = ports_.store.load(job.id);
    } catch (const std::exception& e) {
        ports_.log.error("message-unreadable", {{"id", job.id.toString()}, {"reason", e.what()}});
        finish(job, unreadable(job.id, ports_.clock.now()),
               postponed(job, "the message could not be read from the queue"), stop);
        return;
    }
    if (message) {
        finish(job, *message, tryJob(job, *message), stop);
    } else {
        abandon(job, stop);
    }
}

Attempted Delivery::tryJob(const Job& job, const queue::StoredMessage& message) {
    if (message.isGivenUp()) return postponed(job, "an operator of this server gave it up");
    if (job.suspended) return withoutTrying(job);
    Attempted attempted =
        attempt(job, message, timeout_.load(), {ports_.couriers, ports_.clock, ports_.log});
    attemptSeconds_.observe(std::chrono::duration<double>(attempted.took).count());
    tellAttempt(job, message, attempted);
    return attempted;
}

void Delivery::finish(const Job& job, const queue::StoredMessage& message, Attempted attempted,
                      const std::stop_token& stop) {
    AttemptTimes times{ports_.clock.now(), attempted.took, message.expiresAt};
    const auto retry = retry_.get();
    const queue::Jitter jitter{ports_.random};
    std::vector<Decided> decided;
    std::vector<Decided> toReport;
    for (std::size_t i = 0; i < job.recipients.size(); ++i) {
        times.warnAt = warnTime(message, job.recipients[i]);
        Decided one =
            decide(job.recipients[i], std::move(attempted.outcomes[i]), times, *retry, jitter);
        one.tried = attempted.tried;
        (one.waitsForOthers() ? toReport : decided).push_back(std::move(one));
    }
    const auto rows = rowsOf(job);
    // held first, then left: of two jobs that end together the last one finds what the other held
    holder_.add(message, std::move(toReport), ports_.clock.steady());
    const bool last = scheduler_.leave(job, attempted.end);
    try {
        auto held = last ? holder_.take(job.id) : std::nullopt;
        if (held) std::ranges::move(held->decided, std::back_inserter(decided));
        settle(message, std::move(decided), stop);
    } catch (const std::exception& e) {
        // No memory, and the job has left, which it must not do again.
        ports_.log.error("settle-failed", {{"id", message.id.toString()}, {"reason", e.what()}});
        scheduler_.release(rows);
    }
}

/// Counted from the time from which it could have been delivered.
std::optional<WallTime> Delivery::warnTime(const queue::StoredMessage& message,
                                           const queue::DueRecipient& recipient) const {
    const auto warnAfter = warnAfter_.load();
    if (warnAfter.count() == 0 || recipient.warned) return std::nullopt;
    const auto sender = message.authUser.empty() ? dsn::Sender::Stranger : dsn::Sender::OurUser;
    if (!dsn::wantsDelayReport(message.reversePath, recipient.parameters, sender)) {
        return std::nullopt;
    }
    return message.deliverableSince() + warnAfter;
}

void Delivery::abandon(const Job& job, const std::stop_token& stop) {
    const bool last = scheduler_.leave(job, {});
    scheduler_.release(rowsOf(job));
    if (!last) return;
    if (auto held = holder_.take(job.id)) settle(held->message, std::move(held->decided), stop);
}

void Delivery::settle(const queue::StoredMessage& message, std::vector<Decided> decided,
                      const std::stop_token& stop) {
    if (decided.empty()) return;
    const std::vector<std::int64_t> rows = rowsOf(decided);
    auto written = Settlement::Written::Outcomes;
    try {
        written = settlement_.settle(message, std::move(decided), stop);
    } catch (const std::exception& e) {
        // No memory: what was not written down is due again.
        ports_.log.error("settle-failed", {{"id", message.id.toString()}, {"reason", e.what()}});
    }
    if (written == Settlement::Written::Nothing) return;
    scheduler_.release(rows);
    if (written == Settlement::Written::OutcomesAndReport) scheduler_.wake();
}

void Delivery::settleHeld(SteadyTime since, const std::stop_token& stop) {
    for (HeldForReport& held : holder_.takeOlder(since))
        settle(held.message, std::move(held.decided), stop);
}

/// Times in the queue are by the host's clock: set back by a day, it would make mail wait for a
/// day.
void Delivery::mindTheClock() {
    const SteadyTime now = ports_.clock.steady();
    if (now - clockMinded_ < mindClockEvery) return;
    clockMinded_ = now;
    const auto count = ports_.store.bringForward(ports_.clock.now() + retry_.get()->longestDelay());
    if (count == 0) return;
    ports_.log.warning("brought-forward",
                       {{"recipients", std::to_string(count)},
                        {"reason",
                         "they waited for longer than queue.retry lets anybody: it was "
                         "shortened, or the clock set back"}});
    scheduler_.wake();
}

void Delivery::tellAttempt(const Job& job, const queue::StoredMessage& message,
                           const Attempted& attempted) {
    const auto delay =
        std::chrono::floor<std::chrono::seconds>(ports_.clock.now() - message.receivedAt);
    for (std::size_t i = 0; i < job.recipients.size(); ++i) {
        const queue::DueRecipient& recipient = job.recipients[i];
        const plugin::DeliveryOutcome& outcome = attempted.outcomes[i];
        ports_.mailLog.attempt({.id = job.id,
                                .from = message.reversePath,
                                .to = recipient.original.toString(),
                                .finalTo = recipient.final.toString(),
                                .courier = recipient.courier,
                                .nextHop = recipient.nextHop,
                                .relay = outcome.remoteMta,
                                .status = outcome.status.toString(),
                                .diagnostic = outcome.diagnostic,
                                .took = attempted.took,
                                .delay = delay,
                                .attempt = recipient.attempts + 1,
                                .next = {}});
        if (outcome.evidence.empty()) continue;
        ports_.mailLog.journal().record({.step = journal::Step::Attempt,
                                         .outcome = std::string{wordFor(outcome.disposition)},
                                         .sessionId = {},
                                         .queueId = job.id.toString(),
                                         .clientIp = {},
                                         .address = recipient.original.toString(),
                                         .reason = "what the courier looked at",
                                         .inputs = outcome.evidence});
    }
}

}  // namespace postrider::delivery
