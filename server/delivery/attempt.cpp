#include "server/delivery/attempt.h"

#include "common/base/text.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace postrider::delivery {

namespace {

plugin::DeliveryOutcome later(std::string reason) {
    plugin::DeliveryOutcome outcome;
    outcome.diagnostic = std::move(reason);
    return outcome;
}

plugin::DeliveryRequest requestFor(const Job& job, const queue::StoredMessage& message,
                                   SteadyTime deadline) {
    unsigned tries = 0;
    std::vector<plugin::DeliveryRecipient> recipients;
    recipients.reserve(job.recipients.size());
    for (const queue::DueRecipient& recipient : job.recipients) {
        recipients.push_back({recipient.original, recipient.final, recipient.parameters});
        tries = std::max(tries, recipient.attempts);
    }
    return {.id = job.id,
            .reversePath = message.reversePath,
            .recipients = std::move(recipients),
            .nextHop = job.destination.nextHop,
            .parameters = message.parameters,
            .content = message.content,
            .deadline = deadline,
            .attempt = tries + 1};
}

std::vector<plugin::DeliveryOutcome> callCourier(const plugin::DeliveryRequest& request,
                                                 const std::string& courier,
                                                 const AttemptPorts& ports) {
    try {
        return ports.couriers.deliver(courier, request);
    } catch (const std::exception& e) {
        ports.log.error("courier-threw", {{"courier", courier}, {"reason", e.what()}});
        return std::vector(request.recipients.size(), later("the courier failed: internal error"));
    } catch (...) {
        ports.log.error("courier-threw", {{"courier", courier}, {"reason", "unknown exception"}});
        return std::vector(request.recipients.size(), later("the courier failed: internal error"));
    }
}

/// A status whose class contradicts the disposition is replaced by the generic one.
void fitStatus(plugin::DeliveryOutcome& outcome) {
    int klass = 4;
    switch (outcome.disposition) {
        case plugin::Disposition::Delivered:
            klass = 2;
            break;
        case plugin::Disposition::Transient:
            klass = 4;
            break;
        case plugin::Disposition::Permanent:
            klass = 5;
            break;
    }
    if (outcome.status.klass != klass) outcome.status = {klass, 0, 0};
    outcome.diagnostic = text::printable(outcome.diagnostic, 1000);
    outcome.remoteMta = text::printable(outcome.remoteMta, 255);
}

/// RFC 3463 section 3.5.
constexpr int networkAndRouting = 4;

/// Network or routing trouble, for everybody in the job.
bool nobodyWasThere(const std::vector<plugin::DeliveryOutcome>& outcomes) {
    return std::all_of(outcomes.begin(), outcomes.end(), [](const auto& outcome) {
        return outcome.disposition == plugin::Disposition::Transient &&
               outcome.status.subject == networkAndRouting;
    });
}

}  // namespace

Attempted attempt(const Job& job, const queue::StoredMessage& message, std::chrono::seconds timeout,
                  const AttemptPorts& ports) {
    const SteadyTime began = ports.clock.steady();
    const auto request = requestFor(job, message, began + timeout);
    Attempted attempted;
    attempted.outcomes = callCourier(request, job.destination.courier, ports);
    attempted.outcomes.resize(job.recipients.size(), later("the courier said nothing"));
    for (plugin::DeliveryOutcome& outcome : attempted.outcomes)
        fitStatus(outcome);

    attempted.took =
        std::chrono::duration_cast<std::chrono::milliseconds>(ports.clock.steady() - began);
    attempted.end.how = JobEnd::How::Answered;
    if (nobodyWasThere(attempted.outcomes)) {
        attempted.end = {JobEnd::How::Unreachable, attempted.outcomes.front()};
    }
    return attempted;
}

Attempted withoutTrying(const Job& job) {
    plugin::DeliveryOutcome outcome = job.suspended ? *job.suspended : later("not tried");
    if (!outcome.diagnostic.starts_with("not tried again yet: ")) {
        outcome.diagnostic = "not tried again yet: " + outcome.diagnostic;
    }
    outcome.remoteMta.clear();  // nobody said this
    outcome.evidence.clear();
    return {std::vector(job.recipients.size(), outcome), {}, {}, false};
}

Attempted postponed(const Job& job, const std::string& reason) {
    return {std::vector(job.recipients.size(), later(reason)), {}, {}, false};
}

}  // namespace postrider::delivery
