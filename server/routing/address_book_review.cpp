#include "server/routing/address_book_review.h"

#include "common/mail/localpart.h"

#include <algorithm>
#include <optional>

namespace postrider::routing {

namespace {

constexpr std::string_view unknownUser = " -> unknown user";
constexpr std::string_view comesBack = " -> comes back to itself";

struct Asking {
    const RoutingCouriers& couriers;
    const Elsewhere& elsewhere;
};

std::string aliasesLine(const LocalDomain& domain, const Alias& alias) {
    return "domains/" + domain.name.ascii() + "/aliases:" + std::to_string(alias.line) + ": ";
}

/// The name to ask for so that exactly this alias answers; a catch-all answers to any unknown name.
std::optional<mail::Mailbox> askFor(const LocalDomain& domain, const Alias& alias) {
    const bool catchAll = &alias == domain.aliases.catchAll();
    auto localpart = mail::Localpart::parse(catchAll ? "catch-all" : alias.name);
    if (!localpart) return std::nullopt;
    return mail::Mailbox{std::move(*localpart), domain.name};
}

void reviewAlias(const LocalDomain& domain, const Alias& alias, const AddressBook& book,
                 const Asking& asking, std::vector<std::string>& remarks) {
    const std::string front = aliasesLine(domain, alias) + alias.name + ": ";
    if (alias.insteadOf != 0) {
        remarks.push_back(front + "stands in line " + std::to_string(alias.insteadOf) +
                          " already, which does not count any more");
    }
    const auto mailbox = askFor(domain, alias);
    if (!mailbox) return;
    const auto route = AliasResolver{book, asking.couriers, asking.elsewhere}.resolve(*mailbox);
    if (!route) {
        remarks.push_back(front + route.error().reason);
        return;
    }
    for (const auto& step : route->trail) {
        if (step.ends_with(unknownUser)) {
            remarks.push_back(front + "there is no user or alias " +
                              step.substr(0, step.size() - unknownUser.size()));
        } else if (step.ends_with(comesBack)) {
            remarks.push_back(front + "the alias " +
                              step.substr(0, step.size() - comesBack.size()) +
                              " comes back to itself");
        }
    }
}

/// Whether only an account elsewhere can be meant, of which nobody knows here whether it exists.
bool dependsOnOthers(const Route& route, const mail::Mailbox& mailbox, const AddressBook& book,
                     const Asking& asking) {
    const bool itself = route.destinations.size() == 1 &&
                        route.destinations.front().final == mail::ForwardPath{mailbox};
    return itself && !AliasResolver{book, asking.couriers, {}}.resolve(mailbox);
}

void reviewPostmaster(const LocalDomain& domain, const AddressBook& book, const Asking& asking,
                      std::vector<std::string>& remarks) {
    const auto localpart = mail::Localpart::parse("postmaster");
    const mail::Mailbox mailbox{*localpart, domain.name};
    const std::string front = "domains/" + domain.name.ascii() + ": ";
    const auto route = AliasResolver{book, asking.couriers, asking.elsewhere}.resolve(mailbox);
    if (!route || dependsOnOthers(*route, mailbox, book, asking)) {
        const std::string unless =
            route ? ", unless Dovecot or the database has an account of that name" : "";
        remarks.push_back(front + "nobody gets mail for " + mailbox.toString() + unless +
                          "; add a user, an alias, or postmaster = ... to domain.properties");
        return;
    }
    const auto& trail = route->trail;
    if (std::find(trail.begin(), trail.end(), mailbox.toString() + " -> postmaster") !=
        trail.end()) {
        remarks.push_back(front + "mail for " + mailbox.toString() + " goes to the first user, " +
                          route->destinations.front().final.toString() +
                          "; postmaster = ... in domain.properties names somebody else");
    }
}

}  // namespace

std::vector<std::string> review(const AddressBook& book, const RoutingCouriers& couriers,
                                const Elsewhere& elsewhere) {
    const Asking asking{couriers, elsewhere};
    std::vector<std::string> remarks;
    if (const auto* hook = book.hook()) {
        if (hook->fault().empty()) return remarks;
        return {"hooks/alias-resolve: " + hook->fault() +
                "; until it can be run all mail to our domains is answered 451"};
    }
    for (const auto& domain : book.domains()) {
        for (const auto& [name, alias] : domain.aliases.all())
            reviewAlias(domain, alias, book, asking, remarks);
        reviewPostmaster(domain, book, asking, remarks);
    }
    return remarks;
}

}  // namespace postrider::routing
