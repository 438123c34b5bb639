#include "server/routing/alias_router.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace postrider::routing {

namespace {

/// Our domains, those that the host's name is in first, the longest of them at the front.
std::vector<const LocalDomain*> nearestFirst(const AddressBook& book, const std::string& hostname) {
    const auto host = mail::Domain::parse(hostname);
    std::vector<const LocalDomain*> domains;
    for (const auto& domain : book.domains())
        domains.push_back(&domain);
    const auto closeness = [&host](const LocalDomain* domain) {
        const bool above = host && host->isWithin(domain->name);
        return above ? domain->name.ascii().size() : 0;
    };
    std::stable_sort(
        domains.begin(), domains.end(),
        [&](const LocalDomain* a, const LocalDomain* b) { return closeness(a) > closeness(b); });
    return domains;
}

}  // namespace

Result<Route, RouteError> routeBarePostmaster(const AddressBook& book,
                                              const RoutingCouriers& couriers,
                                              const std::string& hostname,
                                              const Elsewhere& elsewhere) {
    const auto localpart = mail::Localpart::parse("postmaster");
    for (const auto* domain : nearestFirst(book, hostname)) {
        const mail::Mailbox mailbox{*localpart, domain->name};
        auto route = AliasResolver{book, couriers, elsewhere}.resolve(mailbox);
        if (!route && route.error().fault == RouteFault::TemporaryFailure) return route;
        if (!route) continue;
        route->trail.insert(route->trail.begin(), "postmaster -> " + mailbox.toString());
        return route;
    }
    return Unexpected{RouteError{RouteFault::UnknownUser, "no domain of ours has a postmaster"}};
}

Result<Route, RouteError> AliasRouter::route(const mail::ForwardPath& recipient) const {
    const auto book = books_.current();
    const auto couriers = couriers_.get();
    const auto* mailbox = recipient.mailbox();
    if (mailbox == nullptr) return routeBarePostmaster(*book, *couriers, hostname_, elsewhere_);
    return AliasResolver{*book, *couriers, elsewhere_}.resolve(*mailbox);
}

bool AliasRouter::isLocal(const mail::Domain& domain) const {
    return books_.current()->find(domain) != nullptr;
}

}  // namespace postrider::routing
