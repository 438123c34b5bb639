#include "plugins/couriers/smtp/delivery.h"

#include "common/base/text.h"
#include "common/net/connect.h"
#include "common/plugin/envelope_of.h"
#include "common/plugin/outcomes.h"

#include <algorithm>
#include <system_error>

namespace postrider::couriers {

namespace {

using plugin::DeliveryOutcome;
using plugin::Disposition;

constexpr std::chrono::seconds connectTime{30};
/// Transactions in one connection for recipients over the peer's limit.
constexpr int mostTransactions = 20;

std::string describe(const Target& target) {
    return target.host + " " + target.endpoint.toString();
}

bool isVerified(const net::PeerVerification& peer) {
    return peer.chainValid && peer.nameMatches;
}

/// The connection ended, or made no sense.
DeliveryOutcome lost(const net::ClientFailure& failure, const Target& target) {
    return plugin::transient({4, 4, 2},
                             describe(target) + ": " + failure.where + ": " + failure.what);
}

std::string describe(const net::ClientTlsResult& tls) {
    std::string text = tls.facts.version + " " + tls.facts.cipher;
    if (isVerified(tls.peer)) return text + " verified";
    return text + " unverified" + (tls.peer.problem.empty() ? "" : ": " + tls.peer.problem);
}

/// RFC 5321 section 4.5.3.1.10: too many recipients in one transaction, in its right code or the
/// old wrong one.
bool isOverLimit(const mail::Reply& reply) {
    const bool fits =
        !reply.status || *reply.status == mail::EnhancedStatus{reply.code / 100, 5, 3};
    return (reply.code == 452 || reply.code == 552) && fits;
}

/// That TLS must come first (RFC 3207 section 4; X.7.10, encryption needed).
bool demandsTls(const mail::Reply& reply) {
    const bool needed = reply.status && *reply.status == mail::EnhancedStatus{5, 7, 10};
    return reply.code == 530 || (reply.isPermanent() && needed);
}

/// A failure after which the peer may have the message all the same.
bool isUnknown(const net::ClientFailure& failure) {
    return failure.where == "end of data" || failure.where == "content";
}

}  // namespace

Delivery::Delivery(const plugin::DeliveryRequest& request, const plugin::Host& host)
    : request_(request),
      host_(host),
      deadline_(Deadline::at(request.deadline)),
      progress_(request.recipients.size()) {}

void Delivery::attempt(const Target& target) {
    see("target", describe(target));
    Opened opened = open(target, Tls::IfOffered);
    // Opportunistic: better in clear text than not at all (RFC 7435), unless the sender says not.
    if (opened == Opened::TlsFailed && !request_.parameters.requireTls) {
        opened = open(target, Tls::Never);
    }
    if (opened == Opened::Ready && mayHave(target)) transact(target);
    if (client_ != nullptr) client_->quit();
    client_.reset();
}

bool Delivery::finished() const {
    return unknown_ || deadline_.passed() || pending().empty();
}

std::vector<DeliveryOutcome> Delivery::outcomes() && {
    std::vector<DeliveryOutcome> all;
    for (auto& progress : progress_) {
        all.push_back(progress.outcome ? std::move(*progress.outcome)
                                       : plugin::transient({4, 4, 7}, "no time left to try"));
        auto& evidence = all.back().evidence;
        evidence.insert(evidence.begin(), evidence_.begin(), evidence_.end());
    }
    return all;
}

Delivery::Opened Delivery::open(const Target& target, Tls tls) {
    auto channel =
        net::connectTcp(target.endpoint, deadline_.orSooner(Deadline::after(connectTime)));
    if (!channel) {
        note(plugin::transient({4, 4, 1},
                               "connect to " + describe(target) + ": " + channel.error()));
        return Opened::Failed;
    }
    peer_.reset();
    client_ = std::make_unique<net::SmtpClient>(
        std::move(channel).value(), net::SmtpClient::Protocol::Smtp, host_.hostname, deadline_);
    const auto greeting = client_->greet();
    if (!greeting) {
        note(lost(greeting.error(), target));
        return Opened::Failed;
    }
    if (text::equalsIgnoreCase(client_->peerName(), host_.hostname)) {
        note(plugin::permanent({5, 4, 6},
                               describe(target) + " greets with our own name: mail would loop"));
        return Opened::Failed;
    }
    if (!greeting->isPositive()) {
        note(plugin::outcomeOf(*greeting, target.host));
        return Opened::Failed;
    }
    if (tls == Tls::Never || !client_->offers("STARTTLS")) {
        tlsFailed_ = tls == Tls::Never;
        see("tls", tlsFailed_ ? "none, after it failed" : "none, not offered");
        return Opened::Ready;
    }
    return startTls(target) ? Opened::Ready : Opened::TlsFailed;
}

bool Delivery::startTls(const Target& target) {
    const auto result = client_->startTls(host_.tls, target.host);
    if (!result) {
        const std::string problem = result.error().where + ": " + result.error().what;
        see("tls", "failed: " + problem);
        if (request_.parameters.requireTls) {
            note(plugin::transient({4, 7, 5}, describe(target) + ": " + problem));
        }
        return false;
    }
    see("tls", describe(*result));
    peer_ = result->peer;
    return true;
}

/// Why this connection will not do for a message under REQUIRETLS (RFC 8689 section 4.2.1).
std::optional<std::string> Delivery::tlsShortcoming() const {
    if (!peer_) return "offers no TLS";
    if (!isVerified(*peer_)) return "cannot prove its name: " + peer_->problem;
    if (!client_->offers("REQUIRETLS")) return "does not offer REQUIRETLS";
    return std::nullopt;
}

bool Delivery::mayHave(const Target& target) {
    if (!request_.parameters.requireTls) return true;
    const auto shortcoming = tlsShortcoming();
    if (!shortcoming) return true;
    note(plugin::permanent(
        {5, 7, 30}, "REQUIRETLS support required: " + describe(target) + ' ' + *shortcoming));
    return false;
}

void Delivery::transact(const Target& target) {
    if (const auto refusal = tooBig()) {
        for (const std::size_t recipient : pending())
            settle(recipient, *refusal);
        return;
    }
    auto asked = pending();
    for (int count = 0; count < mostTransactions && !asked.empty(); ++count) {
        asked = transaction(asked, target);
    }
}

std::vector<std::size_t> Delivery::transaction(const std::vector<std::size_t>& asked,
                                               const Target& target) {
    // A spool file that cannot be read must not undo what became of recipients before.
    try {
        const auto result = client_->send(plugin::envelopeOf(request_, asked), request_.content);
        if (result) return record(asked, *result, target);
        unknown_ = isUnknown(result.error());
        note(lost(result.error(), target));
    } catch (const std::system_error& error) {
        unknown_ = true;
        note(plugin::transient({4, 3, 0}, error.what()));
    }
    return {};
}

std::vector<std::size_t> Delivery::record(const std::vector<std::size_t>& asked,
                                          const net::TransactionResult& result,
                                          const Target& target) {
    const auto& replies = result.recipients;
    const bool anyTaken = std::any_of(replies.begin(), replies.end(),
                                      [](const auto& reply) { return reply.code / 100 == 2; });
    // who takes NOTIFY with the recipient reports from there on (RFC 3461 section 5.2.1)
    const auto reach =
        client_->offers("DSN") ? plugin::Reach::RelayedWithDsn : plugin::Reach::Relayed;
    std::vector<std::size_t> overLimit;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        auto outcome = plugin::outcomeOf(replies.at(i), target.host);
        outcome.reach = reach;
        if (result.oursAlone) outcome.remoteMta.clear();
        if (tlsFailed_ && demandsTls(replies[i])) {
            // a handshake that fails, however it comes to that, never makes a bounce
            outcome.disposition = Disposition::Transient;
            outcome.status = {4, 7, 5};
        }
        if (anyTaken && isOverLimit(replies[i])) {
            overLimit.push_back(asked[i]);
            outcome.disposition = Disposition::Transient;
            outcome.status = {4, 5, 3};
        }
        settle(asked[i], std::move(outcome));
    }
    return overLimit;
}

/// The refusal that a message over the peer's limit would get (RFC 1870 section 6.1), without
/// sending it.
std::optional<DeliveryOutcome> Delivery::tooBig() const {
    const auto limit = text::parseUnsigned(client_->parameterOf("SIZE"));
    if (!limit || *limit == 0 || request_.content.size() <= *limit) return std::nullopt;
    return plugin::permanent({5, 3, 4},
                             "the message has " + std::to_string(request_.content.size()) +
                                 " octets, the next hop takes " + std::to_string(*limit));
}

void Delivery::note(const DeliveryOutcome& outcome) {
    see("problem", outcome.diagnostic);
    for (const std::size_t recipient : pending()) {
        auto& last = progress_[recipient].outcome;
        // A target that may work later outweighs one that never will, and words of a server what we
        // saw ourselves: somebody is there.
        const bool keep = last && !unknown_ && last->disposition == Disposition::Transient &&
                          (outcome.disposition == Disposition::Permanent ||
                           (!last->remoteMta.empty() && outcome.remoteMta.empty()));
        if (!keep) last = outcome;
    }
}

void Delivery::settle(std::size_t recipient, DeliveryOutcome outcome) {
    outcome.evidence.emplace_back("reply", outcome.diagnostic);
    progress_[recipient].final = outcome.disposition != Disposition::Transient;
    progress_[recipient].outcome = std::move(outcome);
}

void Delivery::see(std::string key, std::string value) {
    evidence_.emplace_back(std::move(key), std::move(value));
}

std::vector<std::size_t> Delivery::pending() const {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < progress_.size(); ++i) {
        if (!progress_[i].final) indices.push_back(i);
    }
    return indices;
}

}  // namespace postrider::couriers
