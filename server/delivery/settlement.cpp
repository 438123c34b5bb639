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
            .nextAttempt = decided.nextAttempt,
            .tried = decided.tried,
            .warned = decided.late};
}

dsn::Fate fateOfDelivered(plugin::Reach reach) {
    return reach == plugin::Reach::Final ? dsn::Fate::Delivered : dsn::Fate::Relayed;
}

/// As what a recipient is reported; nothing when it is not.
std::optional<dsn::Fate> reportedFate(const queue::StoredMessage& message, const Decided& decided) {
    const mail::RcptParameters& parameters = decided.recipient.parameters;
    if (decided.isFailure()) {
        if (!dsn::wantsFailureReport(message.reversePath, parameters)) return std::nullopt;
        const bool expired = decided.state == queue::RecipientState::Expired;
        return expired ? dsn::Fate::GivenUp : dsn::Fate::Refused;
    }
    if (decided.late) return dsn::Fate::Delayed;
    // a next hop that knows DSN has taken the duty over (RFC 3461 section 5.2.1)
    const bool ours = decided.state == queue::RecipientState::Delivered &&
                      decided.outcome.reach != plugin::Reach::RelayedWithDsn;
    if (!ours || !dsn::wantsSuccessReport(message.reversePath, parameters)) return std::nullopt;
    return fateOfDelivered(decided.outcome.reach);
}

dsn::ReportedRecipient reportedRecipient(const Decided& decided, dsn::Fate fate) {
    return {.original = decided.recipient.original,
            .final = decided.recipient.final,
            .orcpt = decided.recipient.parameters.orcpt,
            .fate = fate,
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
            .triedSince = message.deliverableSince(),
            .expiresAt = message.expiresAt,
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
    : ports_(ports),
      retry_(std::make_shared<const queue::RetryPolicy>(options.retry, options.giveUpAfter)),
      reports_(options.hostname, options.giveUpAfter,
               {ports.router, ports.log, ports.clock, ports.random}) {}

Settlement::Written Settlement::settle(const queue::StoredMessage& message,
                                       std::vector<Decided> decided, const std::stop_token& stop) {
    queue::Settlement settlement{
        .id = message.id, .outcomes = {}, .dsn = makeReport(message, decided)};
    settlement.outcomes.reserve(decided.size());
    for (const Decided& one : decided)
        settlement.outcomes.push_back(rowOf(one));

    if (!write(settlement, stop)) return Written::Nothing;
    for (const Decided& one : decided)
        tell(message, one);
    if (!settlement.dsn) return Written::Outcomes;
    ports_.mailLog.dsnQueued(message.id, settlement.dsn->id, message.reversePath.toString());
    return Written::OutcomesAndReport;
}

std::optional<queue::NewMessage> Settlement::makeReport(const queue::StoredMessage& message,
                                                        std::vector<Decided>& decided) {
    std::vector<dsn::ReportedRecipient> reported;
    for (const Decided& one : decided) {
        if (const auto fate = reportedFate(message, one)) {
            reported.push_back(reportedRecipient(one, *fate));
        }
    }
    if (reported.empty()) return std::nullopt;

    auto report = reports_.write(reportedMessage(message), reported);
    if (report) return *std::move(report);
    if (report.error() == ReportWriter::Fault::NowhereToGo) return std::nullopt;
    const queue::Jitter jitter{ports_.random};
    for (Decided& one : decided) {
        const bool unreported = one.isFailure() && reportedFate(message, one).has_value();
        if (unreported) postpone(one, *retry_.get(), jitter);
        one.late = false;
    }
    return std::nullopt;
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
    if (reportedFate(message, decided)) return;
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
