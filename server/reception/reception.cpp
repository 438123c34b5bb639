#include "server/reception/reception.h"

#include "common/base/text.h"
#include "common/mail/trace.h"
#include "server/reception/author_check.h"
#include "server/reception/header_rules.h"
#include "server/reception/loop_check.h"
#include "server/reception/recipient_routing.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace postrider::reception {

namespace {

/// A spool file that nobody will read. One that cannot be deleted is swept at the next start.
void removeBody(const mail::MessageContent& content) {
    if (content.bodyFile().empty()) return;
    std::error_code ignored;
    std::filesystem::remove(content.bodyFile(), ignored);
}

/// A hook may only say 4yz or 5yz; anything else would be taken for an acceptance.
MayGoOn refusalOf(const mail::Reply& reply) {
    if (reply.isTransient() || reply.isPermanent()) return refusedByHook(reply);
    return badHookAnswer("a hook refused with reply code " + std::to_string(reply.code));
}

Refusal refusalOf(const FoundFault& found) {
    return found.fault == HeaderFault::SeveralFrom ? severalAuthors() : badHeader(found.detail);
}

/// How a hook would have it removed.
mail::RemoveHeader removalOf(const mail::HeaderSection& header, const mail::HeaderField& field) {
    std::size_t index = 0;
    for (const auto& other : header.fields()) {
        if (&other == &field) break;
        if (text::equalsIgnoreCase(other.name, field.name)) ++index;
    }
    return {std::string{field.name}, index};
}

bool changesRecipients(const std::vector<mail::Edit>& edits) {
    return std::any_of(edits.begin(), edits.end(), [](const mail::Edit& edit) {
        return std::holds_alternative<mail::AddRecipient>(edit) ||
               std::holds_alternative<mail::RemoveRecipient>(edit);
    });
}

/// Each once: a mailbox may be reached by two couriers.
std::vector<mail::ForwardPath> finalRecipients(const std::vector<queue::NewRecipient>& recipients) {
    std::vector<mail::ForwardPath> paths;
    for (const auto& recipient : recipients) {
        if (std::find(paths.begin(), paths.end(), recipient.final) != paths.end()) continue;
        paths.push_back(recipient.final);
    }
    return paths;
}

/// RFC 4865: not before this; nothing when that is over already.
std::optional<WallTime> releaseTime(const mail::MailParameters& parameters, WallTime receivedAt) {
    std::optional<WallTime> time = parameters.holdUntil;
    if (parameters.holdFor) time = receivedAt + *parameters.holdFor;
    return time && *time > receivedAt ? time : std::nullopt;
}

queue::NewMessage newMessage(Candidate& candidate, std::chrono::seconds giveUpAfter) {
    const mail::SessionFacts& facts = candidate.message.facts;
    const auto release = releaseTime(candidate.envelope.parameters, candidate.receivedAt);
    return {.id = candidate.id,
            .reversePath = candidate.envelope.reversePath,
            .parameters = candidate.envelope.parameters,
            .receivedAt = candidate.receivedAt,
            .expiresAt = release.value_or(candidate.receivedAt) + giveUpAfter,
            .content = candidate.content,
            .originIp = facts.client.ip.toString(),
            .ehlo = facts.ehlo ? facts.ehlo->toString() : "",
            .authUser = facts.user.value_or(""),
            .listener = std::string{mail::toString(facts.listener)},
            .sessionId = facts.id,
            .recipients = std::move(candidate.recipients),
            .releaseAt = release,
            .held = candidate.held};
}

}  // namespace

Result<mail::QueueId, mail::Reply> MessageReception::accept(const smtp::ReceivedMessage& message) {
    using Step = MayGoOn (MessageReception::*)(Candidate&);
    constexpr Step steps[] = {
        &MessageReception::refuseLoop,           // RFC 5321 section 6.3
        &MessageReception::settleHeader,         // refuse, mend or accept what is wrong with it
        &MessageReception::route,                // aliases, courier and next hop of each recipient
        &MessageReception::refuseReturn,         // delivered to the same mailbox again and again
        &MessageReception::composeTrace,         // our Received field, which hooks may see
        &MessageReception::askHooks,             // and carry out what they want changed
        &MessageReception::addMissingFields,     // From, Date, Message-ID: submissions only
        &MessageReception::refuseForeignAuthor,  // from.restrict: submissions only
        &MessageReception::addTrace,             // on top of what is ours by now
        &MessageReception::putIntoQueue,         // durable from here on
    };
    Candidate candidate = begin(message);
    for (const Step step : steps) {
        if (const auto refusal = (this->*step)(candidate)) {
            return Unexpected{refuse(candidate, *refusal)};
        }
        if (candidate.discarded) {
            discard(candidate);
            return candidate.id;
        }
    }
    announce(candidate);
    return candidate.id;
}

Candidate MessageReception::begin(const smtp::ReceivedMessage& message) const {
    const WallTime now = ports_.clock.now();
    return {.message = message,
            .id = mail::QueueId::make(now, ports_.random),
            .receivedAt = now,
            .header = readHeader(message.content),
            .envelope = message.envelope,
            .content = message.content};
}

MayGoOn MessageReception::refuseLoop(Candidate& candidate) {
    return checkLoop(candidate.header, options_.hostname);
}

MayGoOn MessageReception::refuseReturn(Candidate& candidate) {
    return checkDeliveries(candidate.header, candidate.recipients);
}

MayGoOn MessageReception::settleHeader(Candidate& candidate) {
    if (auto refusal = checkHeaderSize(candidate.content, candidate.header)) return refusal;
    const bool noHeader = lacksHeader(candidate.content);
    const auto faults =
        findFaults(candidate.header, {.hostname = options_.hostname,
                                      .smtputf8 = candidate.envelope.parameters.smtputf8,
                                      .lacksHeader = noHeader});
    const Origin origin = candidate.isSubmission() ? Origin::OurUser : Origin::Stranger;
    std::vector<FoundFault> toMend;
    std::vector<std::string> tolerated;
    for (const FoundFault& found : faults) {
        switch (treatmentOf(found.fault, origin)) {
            case Treatment::Refuse:
                return refusalOf(found);
            case Treatment::Mend:
                toMend.push_back(found);
                break;
            case Treatment::Accept:
                tolerated.push_back(found.detail);
                break;
        }
    }
    if (!tolerated.empty()) {
        record(candidate, journal::Step::Content, "tolerated", text::join(tolerated, ", "));
    }
    // else the first line of the text would end up among our fields
    if (noHeader) candidate.content = candidate.content.withPrepended("\r\n");
    return mend(candidate, toMend);
}

/// Takes the bad fields away; missing ones are added when hooks have had their say.
MayGoOn MessageReception::mend(Candidate& candidate, const std::vector<FoundFault>& faults) {
    if (faults.empty()) return std::nullopt;
    std::vector<mail::Edit> edits;
    std::vector<std::string> details;
    for (const FoundFault& found : faults) {
        details.push_back(found.detail);
        for (const auto* field : found.fields)
            edits.emplace_back(removalOf(candidate.header, *field));
    }
    if (!edits.empty()) {
        if (auto refusal = applyEdits(edits, options_.rewrite, candidate)) return refusal;
        candidate.header = readHeader(candidate.content);
    }
    record(candidate, journal::Step::Content, "mended", text::join(details, ", "));
    return std::nullopt;
}

MayGoOn MessageReception::askHooks(Candidate& candidate) {
    const smtp::ReceivedMessage& message = candidate.message;
    const auto resolved = finalRecipients(candidate.recipients);
    const std::string id = candidate.id.toString();
    const mail::MessageVerdict answer = message.gatekeeper.onMessage(
        {message.facts, candidate.envelope, resolved, candidate.content, id, candidate.received,
         isFromOurs(candidate.envelope.reversePath)});

    if (const auto* refused = std::get_if<mail::Refuse>(&answer.verdict)) {
        return refusalOf(refused->reply);
    }
    if (const auto* disconnect = std::get_if<mail::Disconnect>(&answer.verdict)) {
        return refusalOf(disconnect->reply);
    }
    if (const auto* unwanted = std::get_if<mail::Discard>(&answer.verdict)) {
        candidate.discarded = true;
        record(candidate, journal::Step::Hook, "discarded", unwanted->reason);
        return std::nullopt;
    }
    if (answer.edits.empty()) return std::nullopt;
    if (auto refusal = applyEdits(answer.edits, options_.rewrite, candidate)) return refusal;
    candidate.header = readHeader(candidate.content);
    record(candidate, journal::Step::Hook, "changed",
           std::to_string(answer.edits.size()) + " changes by hooks");
    for (const mail::Edit& edit : answer.edits) {
        if (const auto* quarantine = std::get_if<mail::Quarantine>(&edit)) {
            record(candidate, journal::Step::Hook, "held", quarantine->reason);
        }
    }
    if (!changesRecipients(answer.edits)) return std::nullopt;
    if (auto refusal = composeTrace(candidate)) return refusal;  // it may name the recipient
    return route(candidate);
}

MayGoOn MessageReception::addMissingFields(Candidate& candidate) {
    if (!candidate.isSubmission()) return std::nullopt;
    const auto& path = candidate.envelope.reversePath;
    std::string author = path.isNull() ? *candidate.message.facts.user : path.toString();
    // a header with UTF-8 belongs to SMTPUTF8 messages only (RFC 6532 section 3.1)
    if (!candidate.envelope.parameters.smtputf8 && !text::isAscii(author)) author.clear();
    const MissingFields facts{candidate.id, options_.hostname, candidate.receivedAt,
                              std::move(author)};
    const std::string fields = composeMissing(candidate.header, facts, ports_.random);
    if (fields.empty()) return std::nullopt;
    candidate.content = candidate.content.withPrepended(fields);
    candidate.header = readHeader(candidate.content);
    return std::nullopt;
}

MayGoOn MessageReception::refuseForeignAuthor(Candidate& candidate) {
    if (!candidate.isSubmission()) return std::nullopt;
    // as it will leave: a hook or the step before may have written From
    return checkAuthors(candidate.header, *candidate.message.facts.user, ports_.originators);
}

MayGoOn MessageReception::addTrace(Candidate& candidate) {
    candidate.content = candidate.content.withPrepended(candidate.received);
    return std::nullopt;
}

bool MessageReception::isFromOurs(const mail::ReversePath& path) const {
    if (path.isNull()) return true;
    const auto* domain = path.mailbox()->domain();
    return domain != nullptr && ports_.router.isLocal(*domain);
}

MayGoOn MessageReception::composeTrace(Candidate& candidate) {
    const mail::SessionFacts& facts = candidate.message.facts;
    const mail::EhloName ehlo = facts.ehlo ? *facts.ehlo : mail::EhloName::from("unknown");
    const auto& recipients = candidate.envelope.recipients;

    mail::ReceivedFacts received{
        .ehlo = ehlo,
        .client = std::nullopt,
        .hostname = options_.hostname,
        .esmtp = facts.esmtp,
        .utf8 = candidate.envelope.parameters.smtputf8,
        .tls = facts.tls.has_value(),
        .authenticated = facts.user.has_value(),
        .tlsVersion = facts.tls ? std::string_view{facts.tls->version} : "",
        .tlsCipher = facts.tls ? std::string_view{facts.tls->cipher} : "",
        .id = candidate.id,
        .onlyRecipient = std::nullopt,
        .at = candidate.receivedAt};
    if (!received.authenticated) received.client = facts.client.ip;
    // with two recipients it would show one to the other (RFC 5321 section 7.2)
    if (recipients.size() == 1) received.onlyRecipient = recipients.front().path.toString();
    candidate.received = mail::composeReceived(received);
    return std::nullopt;
}

MayGoOn MessageReception::route(Candidate& candidate) {
    auto routed = routeRecipients(candidate.envelope, ports_.router);
    if (!routed) return routed.error();
    for (journal::Decision& decision : routed->decisions)
        record(candidate, std::move(decision));
    candidate.recipients = std::move(routed->recipients);
    candidate.expanded = std::move(routed->expanded);
    // aliases may lead to nobody: that is a way to say "drop it"
    candidate.discarded = candidate.recipients.empty();
    return std::nullopt;
}

MayGoOn MessageReception::putIntoQueue(Candidate& candidate) {
    using Kind = queue::StoreError::Kind;
    const queue::NewMessage message = newMessage(candidate, giveUpAfter_.load());
    std::optional<queue::NewMessage> report;
    if (!candidate.expanded.empty()) report = ports_.reportExpansion(message, candidate.expanded);
    const auto stored = ports_.store.put(message, report ? &*report : nullptr);
    if (stored) {
        if (report) {
            ports_.mailLog.dsnQueued(candidate.id, report->id, message.reversePath.toString());
        }
        return std::nullopt;
    }
    switch (stored.error().kind) {
        case Kind::Full:
        case Kind::TooManyMessages:
            return queueFull(stored.error().reason);
        case Kind::Busy:
        case Kind::Broken:
            break;
    }
    return queueTrouble(stored.error().reason);
}

void MessageReception::announce(const Candidate& candidate) {
    if (candidate.rewritten) {
        candidate.rewritten->release();
        // the connection hands its file over on success, but the queue has taken another
        removeBody(candidate.message.content);
    }
    ports_.mailLog.queued(candidate.message.facts, candidate.id, candidate.envelope,
                          candidate.content.size());
    ports_.queued();
    candidate.message.gatekeeper.onQueued(candidate.id);
}

mail::Reply MessageReception::refuse(const Candidate& candidate, const Refusal& refusal) {
    journal::Decision decision;
    decision.step = refusal.step;
    decision.outcome = "refused";
    decision.address = refusal.about;
    decision.reason = refusal.reason;
    decision.inputs = {{"reply", refusal.reply.toString()}};
    record(candidate, std::move(decision));
    if (refusal.reply.isTransient()) {
        ports_.log.warning("message-deferred", {{"session", candidate.message.facts.id},
                                                {"address", refusal.about},
                                                {"reply", refusal.reply.toString()},
                                                {"reason", refusal.reason}});
    }
    return refusal.reply;
}

void MessageReception::discard(const Candidate& candidate) {
    removeBody(candidate.message.content);
    candidate.message.gatekeeper.onReset();
    record(candidate, journal::Step::Queue, "discarded",
           "accepted and dropped: nobody is to get it");
}

void MessageReception::record(const Candidate& candidate, journal::Step step, std::string outcome,
                              std::string reason) {
    journal::Decision decision;
    decision.step = step;
    decision.outcome = std::move(outcome);
    decision.reason = std::move(reason);
    record(candidate, std::move(decision));
}

void MessageReception::record(const Candidate& candidate, journal::Decision decision) {
    decision.sessionId = candidate.message.facts.id;
    decision.queueId = candidate.id.toString();
    decision.clientIp = candidate.message.facts.client.ip.toString();
    ports_.mailLog.journal().record(std::move(decision));
}

}  // namespace postrider::reception
