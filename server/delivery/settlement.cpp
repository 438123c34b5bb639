#include "server/delivery/settlement.h"

#include "common/mail/date.h"
#include "server/dsn/dsn_policy.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

namespace postrider::delivery {

namespace {

constexpr std::chrono::milliseconds firstPause{200};
constexpr std::chrono::milliseconds longestPause{5000};

/// Sleeps, unless told to stop.
void rest(std::chrono::milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, stop, time, [] { return false; });
}

queue::RecipientOutcome rowOf(const Decided& decided) {
    return {.rowId = decided.recipient.rowId,
            .state = decided.state,
            .at = decided.at,
            .took = decided.took,
            .status = decided.outcome.status,
            .diagnostic = decided.outcome.diagnostic,
            .remoteMta = decided.outcome.remoteMta,
            .nextAttempt = decided.nextAttempt};
}

bool wantsReport(const queue::StoredMessage& message, const Decided& decided) {
    return decided.isFailure() &&
           dsn::wantsFailureReport(message.reversePath, decided.recipient.parameters);
}

dsn::FailedRecipient failedRecipient(const Decided& decided) {
    return {.original = decided.recipient.original,
            .final = decided.recipient.final,
            .orcpt = decided.recipient.parameters.orcpt,
            .reason = decided.state == queue::RecipientState::Expired ? dsn::Reason::GivenUp
                                                                      : dsn::Reason::Refused,
            .status = decided.outcome.status,
            .diagnostic = decided.outcome.diagnostic,
            .remoteMta = decided.outcome.remoteMta,
            .lastAttempt = decided.at};
}

dsn::ReportedMessage reportedMessage(const queue::StoredMessage& message) {
    return {.id = message.id,
            .reversePath = *message.reversePath.mailbox(),
            .parameters = message.parameters,
            .receivedAt = message.receivedAt,
            .content = message.content};
}

journal::DeliveryEvent eventOf(const queue::StoredMessage& message, const Decided& decided) {
    const queue::DueRecipient& recipient = decided.recipient;
    const std::string original = recipient.original.toString();
    const std::string final = recipient.final.toString();
    const bool pending = decided.state == queue::RecipientState::Pending;
    return {.id = message.id,
            .from = message.reversePath,
            .to = original,
            .finalTo = final == original ? "" : final,
            .courier = recipient.courier,
            .nextHop = recipient.nextHop,
            .relay = decided.outcome.remoteMta,
            .status = decided.outcome.status.toString(),
            .diagnostic = decided.outcome.diagnostic,
            .took = decided.took,
            .delay = std::chrono::floor<std::chrono::seconds>(decided.at - message.receivedAt),
            .attempt = recipient.attempts + 1,
            .next = pending ? mail::formatIsoTime(decided.nextAttempt) : ""};
}

}  // namespace

Settlement::Settlement(const DeliveryOptions& options, SettlementPorts ports)
    : options_(options),
      ports_(ports),
      retry_(std::make_shared<const queue::RetryPolicy>(options.retry, options.giveUpAfter)),
      composer_(options.hostname, ports.random) {}

bool Settlement::settle(const queue::StoredMessage& message, std::vector<Decided> decided,
                        const std::stop_token& stop) {
    queue::Settlement settlement{
        .id = message.id, .outcomes = {}, .dsn = makeReport(message, decided)};
    settlement.outcomes.reserve(decided.size());
    for (const Decided& one : decided)
        settlement.outcomes.push_back(rowOf(one));

    if (!write(settlement, stop)) return false;
    for (const Decided& one : decided)
        tell(message, one);
    if (settlement.dsn) {
        ports_.mailLog.dsnQueued(message.id, settlement.dsn->id, message.reversePath.toString());
    }
    return true;
}

std::optional<queue::NewMessage> Settlement::makeReport(const queue::StoredMessage& message,
                                                        std::vector<Decided>& decided) {
    std::vector<dsn::FailedRecipient> failed;
    for (const Decided& one : decided) {
        if (wantsReport(message, one)) failed.push_back(failedRecipient(one));
    }
    if (failed.empty()) return std::nullopt;

    Routed routed = routeReport(*message.reversePath.mailbox());
    if (!routed.recipients) {
        for (Decided& one : decided) {
            if (wantsReport(message, one)) postpone(one, *retry_.get(), ports_.random);
        }
        return std::nullopt;
    }
    if (routed.recipients->empty()) return std::nullopt;

    const WallTime now = ports_.clock.now();
    const mail::QueueId id = mail::QueueId::make(now, ports_.random);
    dsn::Report report = composer_.compose(reportedMessage(message), failed, {id, now});
    return queue::NewMessage{.id = id,
                             .reversePath = {},
                             .parameters = std::move(report.parameters),
                             .receivedAt = now,
                             .expiresAt = retry_.get()->expiresAt(now),
                             .content = std::move(report.content),
                             .originIp = {},
                             .ehlo = {},
                             .authUser = {},
                             .listener = "dsn",
                             .sessionId = {},
                             .recipients = *std::move(routed.recipients)};
}

Settlement::Routed Settlement::routeReport(const mail::Mailbox& reversePath) const {
    const mail::ForwardPath path{reversePath};
    auto route = ports_.router.route(path);
    if (!route) {
        ports_.log.warning("dsn-not-routed",
                           {{"to", path.toString()}, {"reason", route.error().reason}});
        if (route.error().fault == routing::RouteFault::TemporaryFailure) return {};
        return {std::vector<queue::NewRecipient>{}};
    }
    std::vector<queue::NewRecipient> recipients;
    for (routing::Destination& destination : route->destinations) {
        mail::RcptParameters never;  // nobody is told about a lost report (RFC 3461 section 6.1)
        never.notify.emplace();
        recipients.push_back({path, std::move(destination.final), std::move(destination.courier),
                              std::move(destination.nextHop), std::move(never)});
    }
    return {std::move(recipients)};
}

bool Settlement::write(const queue::Settlement& settlement, const std::stop_token& stop) {
    for (auto pause = firstPause;; pause = std::min(pause * 2, longestPause)) {
        std::string reason;
        try {
            const auto done = ports_.store.settle(settlement);
            if (done) return true;
            reason = done.error().reason;
        } catch (const std::exception& e) {
            reason = e.what();
        }
        ports_.log.error("settle-failed", {{"id", settlement.id.toString()}, {"reason", reason}});
        if (stop.stop_requested()) return false;
        rest(pause, stop);
    }
}

void Settlement::tell(const queue::StoredMessage& message, const Decided& decided) {
    const journal::DeliveryEvent event = eventOf(message, decided);
    switch (decided.state) {
        case queue::RecipientState::Delivered:
            ports_.mailLog.delivered(event);
            return;
        case queue::RecipientState::Failed:
            ports_.mailLog.failed(event);
            break;
        case queue::RecipientState::Expired:
            ports_.mailLog.expired(event);
            break;
        case queue::RecipientState::Pending:
            ports_.mailLog.deferred(event);
            return;
        case queue::RecipientState::Held:
        case queue::RecipientState::Removed:
            return;  // operators do that, attempts never
    }
    if (wantsReport(message, decided)) return;
    ports_.mailLog.journal().record({.step = journal::Step::Dsn,
                                     .outcome = "unwanted",
                                     .sessionId = {},
                                     .queueId = message.id.toString(),
                                     .clientIp = {},
                                     .address = event.to,
                                     .reason = dsn::whyNoReport(message.reversePath),
                                     .inputs = {}});
}

}  // namespace postrider::delivery
