#include "server/journal/mail_log.h"

#include "common/base/text.h"

#include <utility>

namespace postrider::journal {

namespace {

constexpr std::size_t recipientsTold = 20;

std::string orNull(std::string mailbox) {
    return mailbox.empty() ? "<>" : std::move(mailbox);
}

std::string recipientsOf(const mail::Envelope& envelope) {
    std::string text;
    std::size_t told = 0;
    for (const auto& recipient : envelope.recipients) {
        if (told++ == recipientsTold) return text + ",...";
        text.append(text.empty() ? "" : ",").append(recipient.path.toString());
    }
    return text;
}

std::string tlsOf(const mail::SessionFacts& facts) {
    return facts.tls ? facts.tls->version : "none";
}

/// What every decision of a session begins with.
Decision decisionOf(const mail::SessionFacts& facts, Step step, std::string outcome) {
    Decision decision;
    decision.step = step;
    decision.outcome = std::move(outcome);
    decision.sessionId = facts.id;
    decision.clientIp = facts.client.ip.toString();
    return decision;
}

Decision decisionOf(const DeliveryEvent& delivery, Step step, std::string_view outcome) {
    Decision decision;
    decision.step = step;
    decision.outcome = outcome;
    decision.queueId = delivery.id.toString();
    decision.address = delivery.to;
    decision.reason = std::string{text::trim(delivery.status + " " + delivery.diagnostic)};
    return decision;
}

std::string secondsOf(std::chrono::milliseconds time) {
    const auto count = time.count();
    std::string thousandths = std::to_string(count % 1000);
    thousandths.insert(0, 3 - thousandths.size(), '0');
    return std::to_string(count / 1000) + "." + thousandths;
}

std::string_view outcomeOfStatus(std::string_view status) {
    if (status.starts_with('2')) return "delivered";
    if (status.starts_with('4')) return "deferred";
    if (status.starts_with('5')) return "failed";
    return "started";
}

}  // namespace

MailLog::MailLog(Log& log, Metrics& metrics, Journal& journal) : log_(log), journal_(journal) {
    for (std::size_t i = 0; i < eventCount; ++i) {
        const std::string_view name = nameOf(static_cast<Event>(i));
        counters_[i] =
            &metrics.counter("postrider_events", "Events in the life of sessions and messages",
                             {"event", std::string{name}});
    }
}

std::string_view MailLog::nameOf(Event event) {
    switch (event) {
        case Event::Connected:
            return "connected";
        case Event::Refused:
            return "refused";
        case Event::Authenticated:
            return "authenticated";
        case Event::AuthFailed:
            return "auth-failed";
        case Event::Rejected:
            return "rejected";
        case Event::Queued:
            return "queued";
        case Event::Attempt:
            return "attempt";
        case Event::Delivered:
            return "delivered";
        case Event::Deferred:
            return "deferred";
        case Event::Failed:
            return "failed";
        case Event::Expired:
            return "expired";
        case Event::DsnQueued:
            return "dsn-queued";
        case Event::Held:
            return "held";
        case Event::Released:
            return "released";
        case Event::Removed:
            return "removed";
        case Event::Disconnected:
            return "disconnected";
        case Event::Action:
            return "action";
    }
    return "action";
}

MailLog::Event MailLog::eventOf(std::string_view verb) {
    if (verb == "hold" || verb == "held") return Event::Held;
    if (verb == "release" || verb == "released") return Event::Released;
    if (verb == "remove" || verb == "removed") return Event::Removed;
    return Event::Action;
}

void MailLog::tell(Event event, std::initializer_list<LogField> fields) {
    log_.info(nameOf(event), fields);
    counters_.at(static_cast<std::size_t>(event))->add();
}

void MailLog::connected(const mail::SessionFacts& facts) {
    const std::string listener{mail::toString(facts.listener)};
    tell(Event::Connected,
         {{"session", facts.id}, {"client", facts.client.toString()}, {"listener", listener}});
    Decision decision = decisionOf(facts, Step::Connect, "accepted");
    decision.inputs = {{"listener", listener}};
    if (facts.proxy) decision.inputs.emplace_back("proxy", facts.proxy->toString());
    if (facts.trusted) decision.inputs.emplace_back("trusted", "yes");
    journal_.record(std::move(decision));
}

void MailLog::refused(const mail::SessionFacts& facts, std::string_view reason) {
    const std::string listener{mail::toString(facts.listener)};
    tell(Event::Refused, {{"session", facts.id},
                          {"client", facts.client.toString()},
                          {"listener", listener},
                          {"reason", std::string{reason}}});
    Decision decision = decisionOf(facts, Step::Connect, "refused");
    decision.reason = reason;
    decision.inputs = {{"listener", listener}};
    if (facts.proxy) decision.inputs.emplace_back("proxy", facts.proxy->toString());
    journal_.record(std::move(decision));
}

void MailLog::authenticated(const mail::SessionFacts& facts, std::string_view mechanism) {
    const std::string user = facts.user.value_or("");
    tell(Event::Authenticated, {{"session", facts.id},
                                {"client", facts.client.toString()},
                                {"user", user},
                                {"mechanism", std::string{mechanism}},
                                {"tls", tlsOf(facts)}});
    Decision decision = decisionOf(facts, Step::Auth, "accepted");
    decision.address = user;
    decision.inputs = {{"mechanism", std::string{mechanism}}, {"tls", tlsOf(facts)}};
    journal_.record(std::move(decision));
}

void MailLog::authFailed(const mail::SessionFacts& facts, std::string_view login,
                         std::string_view reason) {
    tell(Event::AuthFailed, {{"session", facts.id},
                             {"client", facts.client.toString()},
                             {"user", std::string{login}},
                             {"reason", std::string{reason}}});
    Decision decision = decisionOf(facts, Step::Auth, "refused");
    decision.address = login;
    decision.reason = reason;
    decision.inputs = {{"tls", tlsOf(facts)}};
    journal_.record(std::move(decision));
}

void MailLog::rejected(const mail::SessionFacts& facts, Step step, std::string_view about,
                       const mail::Reply& reply, std::string_view reason) {
    tell(Event::Rejected, {{"status", reply.status ? reply.status->toString() : ""},
                           {"session", facts.id},
                           {"client", facts.client.toString()},
                           {"step", std::string{toString(step)}},
                           {"address", std::string{about}},
                           {"reply", reply.toString()},
                           {"reason", std::string{reason}}});
    Decision decision = decisionOf(facts, step, "refused");
    decision.address = about;
    decision.reason = reason.empty() ? reply.toString() : std::string{reason};
    decision.inputs = {{"reply", reply.toString()}};
    if (facts.ehlo) decision.inputs.emplace_back("ehlo", facts.ehlo->toString());
    if (facts.user) decision.inputs.emplace_back("user", *facts.user);
    journal_.record(std::move(decision));
}

void MailLog::queued(const mail::SessionFacts& facts, const mail::QueueId& id,
                     const mail::Envelope& envelope, std::uint64_t size) {
    const std::string from = orNull(envelope.reversePath.toString());
    const std::string to = recipientsOf(envelope);
    const std::string count = std::to_string(envelope.recipients.size());
    tell(Event::Queued, {{"id", id.toString()},
                         {"from", from},
                         {"to", to},
                         {"recipients", count},
                         {"size", std::to_string(size)},
                         {"session", facts.id},
                         {"client", facts.client.toString()},
                         {"user", facts.user.value_or("")},
                         {"tls", tlsOf(facts)}});
    Decision decision = decisionOf(facts, Step::Queue, "accepted");
    decision.queueId = id.toString();
    decision.address = envelope.reversePath.toString();
    decision.inputs = {{"to", to},
                       {"recipients", count},
                       {"size", std::to_string(size)},
                       {"tls", tlsOf(facts)},
                       {"ehlo", facts.ehlo ? facts.ehlo->toString() : ""},
                       {"user", facts.user.value_or("")}};
    journal_.record(std::move(decision));
}

void MailLog::attempt(const DeliveryEvent& event) {
    tell(Event::Attempt, {{"id", event.id.toString()},
                          {"from", orNull(event.from.toString())},
                          {"to", event.to},
                          {"relay", event.relay},
                          {"status", event.status},
                          {"delay", std::to_string(event.delay.count())},
                          {"courier", event.courier},
                          {"next_hop", event.nextHop},
                          {"attempt", std::to_string(event.attempt)},
                          {"took", secondsOf(event.took)}});
    Decision decision = decisionOf(event, Step::Attempt, outcomeOfStatus(event.status));
    decision.inputs = {{"courier", event.courier},
                       {"next_hop", event.nextHop},
                       {"relay", event.relay},
                       {"attempt", std::to_string(event.attempt)},
                       {"took", secondsOf(event.took)}};
    journal_.record(std::move(decision));
}

void MailLog::delivered(const DeliveryEvent& event) {
    settle(Event::Delivered, event);
}

void MailLog::deferred(const DeliveryEvent& event) {
    settle(Event::Deferred, event);
}

void MailLog::failed(const DeliveryEvent& event) {
    settle(Event::Failed, event);
}

void MailLog::expired(const DeliveryEvent& event) {
    settle(Event::Expired, event);
}

void MailLog::settle(Event event, const DeliveryEvent& delivery) {
    tell(event, {{"id", delivery.id.toString()},
                 {"from", orNull(delivery.from.toString())},
                 {"to", delivery.to},
                 {"relay", delivery.relay},
                 {"status", delivery.status},
                 {"delay", std::to_string(delivery.delay.count())},
                 {"final", delivery.finalTo.empty() ? delivery.to : delivery.finalTo},
                 {"courier", delivery.courier},
                 {"next_hop", delivery.nextHop},
                 {"attempt", std::to_string(delivery.attempt)},
                 {"next", delivery.next},
                 {"diagnostic", delivery.diagnostic}});
    Decision decision = decisionOf(delivery, Step::Settle, nameOf(event));
    decision.inputs = {{"final", delivery.finalTo},
                       {"courier", delivery.courier},
                       {"next_hop", delivery.nextHop},
                       {"relay", delivery.relay},
                       {"attempt", std::to_string(delivery.attempt)},
                       {"delay", std::to_string(delivery.delay.count())},
                       {"next", delivery.next}};
    journal_.record(std::move(decision));
}

void MailLog::dsnQueued(const mail::QueueId& cause, const mail::QueueId& dsn, std::string_view to) {
    tell(Event::DsnQueued, {{"id", dsn.toString()},
                            {"from", "<>"},
                            {"to", std::string{to}},
                            {"cause", cause.toString()}});
    Decision decision;
    decision.step = Step::Dsn;
    decision.address = to;
    decision.outcome = "queued";
    decision.queueId = cause.toString();
    decision.inputs = {{"dsn", dsn.toString()}};
    journal_.record(decision);
    decision.outcome = "cause";
    decision.queueId = dsn.toString();
    decision.inputs = {{"cause", cause.toString()}};
    journal_.record(std::move(decision));
}

void MailLog::action(std::string_view verb, std::string_view target, std::string_view by,
                     std::string_view result) {
    const Event event = eventOf(verb);
    tell(event, {{"verb", std::string{verb}},
                 {"target", std::string{target}},
                 {"by", std::string{by}},
                 {"result", std::string{result}}});
    Decision decision;
    decision.step = Step::Action;
    decision.outcome = event == Event::Action ? std::string{verb} : std::string{nameOf(event)};
    decision.reason = result;
    decision.inputs = {{"by", std::string{by}}};
    if (mail::QueueId::parse(target)) {
        decision.queueId = target;
    } else {
        decision.inputs.emplace_back("target", target);
    }
    journal_.record(std::move(decision));
}

void MailLog::disconnected(const mail::SessionFacts& facts, std::chrono::milliseconds duration,
                           unsigned messages, std::string_view reason) {
    tell(Event::Disconnected, {{"session", facts.id},
                               {"client", facts.client.toString()},
                               {"messages", std::to_string(messages)},
                               {"duration", secondsOf(duration)},
                               {"reason", std::string{reason}}});
    Decision decision = decisionOf(facts, Step::Disconnect, "ended");
    decision.reason = reason;
    decision.inputs = {{"messages", std::to_string(messages)}, {"duration", secondsOf(duration)}};
    journal_.record(std::move(decision));
}

}  // namespace postrider::journal
