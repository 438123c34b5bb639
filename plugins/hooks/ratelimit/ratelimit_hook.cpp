#include "plugins/hooks/ratelimit/ratelimit_hook.h"

#include <string_view>
#include <utility>

namespace postrider::hooks {

namespace {

/// `limit` is for the journal.
mail::Verdict tooMuch(std::string_view limit, const std::string& key, std::string text) {
    return mail::Refuse{mail::Reply{450, mail::EnhancedStatus{4, 7, 1}, std::move(text)},
                        std::string{limit} + " of " + key};
}

/// Whoever has one IPv6 address has its whole /64.
std::string networkOf(const IpAddress& ip) {
    if (ip.isV4()) return ip.toString();
    auto octets = ip.octets();
    for (std::size_t i = 8; i < octets.size(); ++i)
        octets[i] = 0;
    return IpAddress::v6(octets).toString();
}

bool exceeds(std::optional<Buckets>& buckets, const std::string& key) {
    return buckets && !buckets->take(key);
}

/// One session: passes on to the hook, where everything is counted.
class RateLimitSession final : public plugin::HookSession {
public:
    explicit RateLimitSession(RateLimitHook& hook) : hook_(hook) {}

    mail::Verdict onMail(const mail::SessionFacts& facts, const mail::ReversePath& path,
                         const mail::MailParameters& /*parameters*/) override {
        sender_ = path;
        return hook_.countMessage(facts, path);
    }
    mail::Verdict onRcpt(const mail::SessionFacts& facts, const mail::ForwardPath& path,
                         const mail::RcptParameters& /*parameters*/) override {
        return hook_.countRecipient(facts, sender_, path);
    }

private:
    RateLimitHook& hook_;
    mail::ReversePath sender_;  ///< of the transaction
};

/// In A-labels; nothing without a sender, or with one at an address literal.
std::optional<std::string> domainOf(const mail::ReversePath& sender) {
    const mail::Domain* domain = sender.isNull() ? nullptr : sender.mailbox()->domain();
    return domain != nullptr ? std::optional{domain->ascii()} : std::nullopt;
}

void make(std::optional<Buckets>& buckets, const std::optional<Rate>& rate, const Clock& clock) {
    if (rate) buckets.emplace(*rate, clock);
}

}  // namespace

RateLimitHook::RateLimitHook(const RateLimits& limits, const plugin::Host& host)
    : host_(host),
      newRecipients_(limits.newRecipientsPerUser),
      correspondents_(host.dataDir / "ratelimit.db", host.clock) {
    make(perIp_, limits.perIp, host.clock);
    make(perIpRecipients_, limits.perIpRecipients, host.clock);
    make(perUser_, limits.perUser, host.clock);
    make(perUserRecipients_, limits.perUserRecipients, host.clock);
    make(perSenderDomain_, limits.perSenderDomain, host.clock);
    make(perSenderDomainRecipients_, limits.perSenderDomainRecipients, host.clock);
}

plugin::Admission RateLimitHook::onConnect(const mail::SessionFacts& /*facts*/) {
    return {mail::Proceed{}, std::make_unique<RateLimitSession>(*this)};
}

mail::Verdict RateLimitHook::countMessage(const mail::SessionFacts& facts,
                                          const mail::ReversePath& sender) {
    if (facts.user) {
        if (!exceeds(perUser_, *facts.user)) return mail::Proceed{};
        return tooMuch("per_user", *facts.user,
                       "You have sent many messages, please send the next ones later");
    }
    if (facts.trusted) return mail::Proceed{};
    if (exceeds(perIp_, networkOf(facts.client.ip))) {
        return tooMuch("per_ip", networkOf(facts.client.ip),
                       "Your address has sent many messages, please send the next ones later");
    }
    const auto domain = domainOf(sender);
    if (domain && exceeds(perSenderDomain_, *domain)) {
        return tooMuch("per_sender_domain", *domain,
                       "This domain has sent many messages, please send the next ones later");
    }
    return mail::Proceed{};
}

mail::Verdict RateLimitHook::countRecipient(const mail::SessionFacts& facts,
                                            const mail::ReversePath& sender,
                                            const mail::ForwardPath& recipient) {
    if (facts.user) {
        if (exceeds(perUserRecipients_, *facts.user)) {
            return tooMuch("per_user_recipients", *facts.user,
                           "You have written to many recipients, please send to others later");
        }
        return countNewRecipient(*facts.user, recipient);
    }
    if (facts.trusted) return mail::Proceed{};
    if (exceeds(perIpRecipients_, networkOf(facts.client.ip))) {
        return tooMuch("per_ip_recipients", networkOf(facts.client.ip),
                       "Your address has named many recipients, please send to others later");
    }
    const auto domain = domainOf(sender);
    if (domain && exceeds(perSenderDomainRecipients_, *domain)) {
        return tooMuch("per_sender_domain_recipients", *domain,
                       "This domain has named many recipients, please send to others later");
    }
    return mail::Proceed{};
}

mail::Verdict RateLimitHook::countNewRecipient(const std::string& user,
                                               const mail::ForwardPath& recipient) {
    using Standing = Correspondents::Standing;
    if (!newRecipients_) return mail::Proceed{};
    if (correspondents_.write(user, recipient.toString(), *newRecipients_) !=
        Standing::OneTooMany) {
        return mail::Proceed{};
    }
    if (correspondents_.firstToday(user)) tellPostmaster(user);
    return tooMuch("new_recipients_per_user", user,
                   "You have written to many new recipients, please send to others later");
}

void RateLimitHook::tellPostmaster(const std::string& user) {
    host_.log.warning("ratelimit-new-recipients",
                      {{"user", user},
                       {"limit", std::to_string(newRecipients_->count)},
                       {"seconds", std::to_string(newRecipients_->time.count())}});
    const auto mailbox = mail::Mailbox::parse(user);
    if (!mailbox || mailbox->domain() == nullptr) return;
    host_.notices.tellPostmaster(
        *mailbox->domain(), user + " writes to many new recipients",
        user + " has written to " + std::to_string(newRecipients_->count) +
            " recipients for the first time\nwithin " +
            std::to_string(newRecipients_->time.count()) +
            " seconds. Others are deferred for now; those written to before are not.\n\n"
            "If the owner of this account knows nothing of it, somebody else has its\n"
            "password: change it.\n");
}

std::unique_ptr<plugin::Hook> RateLimitFactory::create(const plugin::Settings& settings,
                                                       const plugin::Host& host) const {
    const auto rate = [&settings](std::string_view key) -> std::optional<Rate> {
        if (!settings.has(key)) return std::nullopt;
        const auto parsed = Rate::parse(settings.text(key));
        if (!parsed) throw settings.error(key, "must be a number and a time, such as 100/1h");
        return parsed;
    };
    return std::make_unique<RateLimitHook>(
        RateLimits{.perIp = rate("per_ip"),
                   .perIpRecipients = rate("per_ip_recipients"),
                   .perUser = rate("per_user"),
                   .perUserRecipients = rate("per_user_recipients"),
                   .perSenderDomain = rate("per_sender_domain"),
                   .perSenderDomainRecipients = rate("per_sender_domain_recipients"),
                   .newRecipientsPerUser = rate("new_recipients_per_user")},
        host);
}

}  // namespace postrider::hooks
