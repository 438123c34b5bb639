#include "server/net/relay_trust.h"

#include "common/base/text.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace postrider::net {

namespace {

constexpr std::chrono::hours memory{1};
/// Private addresses remembered at once; beyond it all of them begin anew.
constexpr std::size_t mostAddresses = 4096;

std::string reasonFor(std::string_view kind, const std::map<std::string, SteadyTime>& heard) {
    std::vector<std::string> names;
    names.reserve(heard.size());
    for (const auto& [name, when] : heard)
        names.push_back(name);
    return std::to_string(names.size()) + " different " + std::string{kind} +
           " within an hour look like NAT with strangers behind it: " + text::join(names, " ");
}

}  // namespace

RelayTrust::RelayTrust(Rules rules, Parts parts)
    : parts_(std::move(parts)),
      withdrawals_(parts_.metrics.counter("postrider_relay_trust_withdrawn",
                                          "Addresses that lost the trust of relay.trusted")),
      rules_(std::move(rules)) {}

bool RelayTrust::trusts(const IpAddress& client) const {
    const std::lock_guard lock(mutex_);
    return trustsLocked(client);
}

bool RelayTrust::trustsLocked(const IpAddress& client) const {
    if (withdrawn_.contains(client)) return false;
    const auto& suspects = rules_.suspects;
    const bool suspect = std::find(suspects.begin(), suspects.end(), client) != suspects.end();
    return std::any_of(rules_.networks.begin(), rules_.networks.end(), [&](const auto& network) {
        return network.contains(client) && (!suspect || network.isSingle());
    });
}

void RelayTrust::heardName(const IpAddress& client, const std::string& name) {
    heard(client, &Behind::names, text::lower(name), mostNames);
}

void RelayTrust::heardSender(const IpAddress& client, const mail::Domain& domain) {
    if (parts_.isOurs(domain)) return;
    heard(client, &Behind::senderDomains, domain.ascii(), mostSenderDomains);
}

void RelayTrust::heard(const IpAddress& client, Heard Behind::*what, const std::string& text,
                       std::size_t most) {
    if (!client.isSpecialPurpose()) return;
    std::string reason;
    {
        const std::lock_guard lock(mutex_);
        if (!trustsLocked(client)) return;
        Heard& known = remembered(client, what);
        known.insert_or_assign(text, parts_.clock.steady());
        if (known.size() <= most) return;
        reason = reasonFor(what == &Behind::names ? "EHLO names" : "sender domains", known);
        withdrawn_.emplace(client, reason);
        behind_.erase(client);
    }
    withdraw(client, reason);
}

/// What is still young enough to count.
RelayTrust::Heard& RelayTrust::remembered(const IpAddress& client, Heard Behind::*what) {
    if (behind_.size() >= mostAddresses && !behind_.contains(client)) behind_.clear();
    Heard& known = behind_[client].*what;
    const auto now = parts_.clock.steady();
    std::erase_if(known, [now](const auto& entry) { return entry.second + memory < now; });
    return known;
}

/// Told loudly: an operator must look, and mail that was relayed until now is refused.
void RelayTrust::withdraw(const IpAddress& client, const std::string& reason) {
    withdrawals_.add();
    parts_.log.error("relay-trust-withdrawn", {{"client", client.toString()}, {"reason", reason}});
    journal::Decision decision;
    decision.step = journal::Step::Connect;
    decision.outcome = "distrusted";
    decision.clientIp = client.toString();
    decision.reason = reason;
    parts_.journal.record(std::move(decision));
}

void RelayTrust::use(Rules rules) {
    const std::lock_guard lock(mutex_);
    rules_ = std::move(rules);
    behind_.clear();
    withdrawn_.clear();
}

std::string RelayTrust::problem() const {
    std::vector<std::string> sentences;
    const std::lock_guard lock(mutex_);
    for (const auto& [client, reason] : withdrawn_) {
        sentences.push_back(client.toString() + " may not relay any more: " + reason);
    }
    return text::join(sentences, "; ");
}

}  // namespace postrider::net
