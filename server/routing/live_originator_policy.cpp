#include "server/routing/live_originator_policy.h"

#include <algorithm>

namespace postrider::routing {

namespace {

/// Whether the address is the user's name in another spelling, or with a suffix. A name that is
/// another user's is not: users named `alice` and `alice+shop` are two.
bool isSpellingOf(const mail::Mailbox& user, const mail::Mailbox& address,
                  const LocalDomain& domain) {
    if (address.domain() == nullptr || *address.domain() != domain.name) return false;
    const auto name = address.localpart().canonical();
    if (!name) return false;
    const std::string& own = user.localpart().text();
    if (const auto* known = domain.findUser(*name)) return known->name == own;
    const NameRules& rules = domain.rules;
    const std::string whole = rules.withoutDropped(*name);
    return *name == own || rules.withoutSuffix(whole) == rules.withoutDropped(own);
}

/// The user's own domain, and what it says of such an address.
struct Rule {
    const LocalDomain* domain = nullptr;  ///< null only with None
    config::Restriction restriction = config::Restriction::None;
};

Rule ruleFor(const AddressBook& book, const mail::Mailbox& user, OriginatorPlace place) {
    const auto* domain = user.domain() != nullptr ? book.find(*user.domain()) : nullptr;
    if (domain == nullptr) return {};
    const bool envelope = place == OriginatorPlace::ReversePath;
    return {domain, envelope ? domain->senderRestrict : domain->fromRestrict};
}

}  // namespace

bool LiveOriginatorPolicy::isRestricted(const std::string& user, OriginatorPlace place) const {
    const auto mailbox = mail::Mailbox::parse(user);
    if (!mailbox) return false;
    const auto book = books_.current();
    return ruleFor(*book, *mailbox, place).restriction != config::Restriction::None;
}

Result<bool, std::string> LiveOriginatorPolicy::mayWriteAs(const std::string& user,
                                                           const mail::Mailbox& address,
                                                           OriginatorPlace place) const {
    const auto mailbox = mail::Mailbox::parse(user);
    if (!mailbox) return true;
    const auto book = books_.current();
    const auto rule = ruleFor(*book, *mailbox, place);
    switch (rule.restriction) {
        case config::Restriction::None:
            return true;
        case config::Restriction::Domain:
            return address.domain() != nullptr && *address.domain() == rule.domain->name;
        case config::Restriction::Own:
            break;
    }
    if (isSpellingOf(*mailbox, address, *rule.domain)) return true;
    return leadsTo(*mailbox, address);
}

Result<bool, std::string> LiveOriginatorPolicy::leadsTo(const mail::Mailbox& user,
                                                        const mail::Mailbox& address) const {
    if (address.domain() == nullptr || !router_.isLocal(*address.domain())) return false;
    const auto route = router_.route(mail::ForwardPath{address});
    if (!route) {
        if (route.error().fault != RouteFault::TemporaryFailure) return false;
        return Unexpected{route.error().reason};
    }
    const mail::ForwardPath own{user};
    return std::any_of(route->destinations.begin(), route->destinations.end(),
                       [&](const Destination& destination) { return destination.final == own; });
}

}  // namespace postrider::routing
