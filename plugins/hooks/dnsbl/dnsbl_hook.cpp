#include "plugins/hooks/dnsbl/dnsbl_hook.h"

#include "common/base/text.h"

#include <optional>
#include <string>
#include <utility>

namespace postrider::hooks {

namespace {

/// Whoever is listed by mistake must be able to say so.
bool takesComplaints(const mail::ForwardPath& path) {
    if (path.isBarePostmaster()) return true;
    const std::string& name = path.mailbox()->localpart().text();
    return text::equalsIgnoreCase(name, "postmaster") || text::equalsIgnoreCase(name, "abuse");
}

mail::Refuse refusalFor(const IpAddress& client, const Listings& listings, int threshold) {
    std::string zones;
    for (const auto& hit : listings.hits) {
        if (hit.weight < 0) continue;
        zones += (zones.empty() ? "" : ", ") + hit.zone;
    }
    return {
        mail::Reply{550, mail::EnhancedStatus{5, 7, 1},
                    "No mail is taken from " + client.toString() + ", it is listed by " + zones},
        "score " + std::to_string(listings.score) + " of " + std::to_string(threshold) + ": " +
            listings.toString()};
}

class DnsblSession final : public plugin::HookSession {
public:
    DnsblSession(const DnsblOptions& options, ListChecker& checker)
        : options_(options), checker_(checker) {}

    mail::Verdict onRcpt(const mail::SessionFacts& facts, const mail::ForwardPath& path,
                         const mail::RcptParameters& /*parameters*/) override {
        // Known only now: a client logs in after it has connected.
        if (facts.user || facts.trusted || takesComplaints(path)) return mail::Proceed{};
        if (!listings_) {
            listings_ = checker_.look(facts.client.ip, Deadline::after(options_.timeout));
        }
        if (listings_->score < options_.threshold) return mail::Proceed{};
        return refusalFor(facts.client.ip, *listings_, options_.threshold);
    }

private:
    const DnsblOptions& options_;
    ListChecker& checker_;
    std::optional<Listings> listings_;  ///< once asked for
};

}  // namespace

DnsblHook::DnsblHook(DnsblOptions options, const plugin::Host& host)
    : options_(std::move(options)), checker_(options_.lists, options_.cache, host) {}

plugin::Admission DnsblHook::onConnect(const mail::SessionFacts& facts) {
    if (facts.client.ip.isSpecialPurpose() && !options_.askPrivate) return {};
    return {mail::Proceed{}, std::make_unique<DnsblSession>(options_, checker_)};
}

std::unique_ptr<plugin::Hook> DnsblFactory::create(const plugin::Settings& settings,
                                                   const plugin::Host& host) const {
    constexpr std::uint64_t mostThreshold = 1000;
    DnsblOptions options;
    options.lists = listsOf(settings, "lists");
    if (options.lists.empty()) throw settings.error("lists", "names no list");
    options.threshold = static_cast<int>(settings.number("threshold", 1, 1, mostThreshold));
    options.timeout = settings.duration("timeout", options.timeout);
    options.cache = settings.duration("cache", options.cache);
    options.askPrivate = settings.flag("ask_private", options.askPrivate);
    return std::make_unique<DnsblHook>(std::move(options), host);
}

}  // namespace postrider::hooks
