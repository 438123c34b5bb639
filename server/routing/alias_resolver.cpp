#include "server/routing/alias_resolver.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace postrider::routing {

namespace {

/// Bounds the work for aliases that name each other in every line.
constexpr std::size_t stepLimit = 10'000;

std::string hostOf(const mail::Mailbox& mailbox) {
    if (const auto* domain = mailbox.domain()) return domain->ascii();
    const std::string whole = mailbox.toString();
    return whole.substr(whole.rfind('@') + 1);
}

bool isSame(const Destination& a, const Destination& b) {
    return a.final == b.final && a.courier == b.courier && a.nextHop == b.nextHop;
}

/// The names by which an account elsewhere may be meant, the likeliest first.
std::vector<std::string> spellings(const NameRules& rules, const std::string& name) {
    std::vector<std::string> all{name};
    const std::string cleaned = rules.withoutDropped(name);
    for (const auto shorter : {rules.withoutSuffix(name), rules.withoutSuffix(cleaned)}) {
        if (shorter != all.back()) all.emplace_back(shorter);
    }
    return all;
}

}  // namespace

Result<Route, RouteError> AliasResolver::resolve(const mail::Mailbox& recipient) {
    original_.assign(1, recipient);
    expand(recipient);
    if (!notNow_.empty()) return Unexpected{RouteError{RouteFault::TemporaryFailure, notNow_}};
    if (!tooMuch_.empty()) return Unexpected{RouteError{RouteFault::AliasLoop, tooMuch_}};
    if (!route_.destinations.empty()) return std::move(route_);
    if (!disabled_.empty()) return Unexpected{RouteError{RouteFault::MailboxDisabled, disabled_}};
    if (!loop_.empty()) return Unexpected{RouteError{RouteFault::AliasLoop, loop_}};
    std::string reason = "there is no user or alias " + recipient.toString();
    if (route_.trail.size() > 1) reason = "nobody is behind the alias " + recipient.toString();
    return Unexpected{RouteError{RouteFault::UnknownUser, std::move(reason)}};
}

void AliasResolver::expand(const mail::Mailbox& mailbox) {
    if (!tooMuch_.empty() || !notNow_.empty()) return;
    if (++steps_ > stepLimit) {
        tooMuch_ = original_.front().toString() + " expands without end";
        return;
    }
    const auto* name = mailbox.domain();
    const auto* domain = name != nullptr ? book_.find(*name) : nullptr;
    if (domain != nullptr) {
        expandLocal(mailbox, *domain);
    } else {
        add({mail::ForwardPath{mailbox}, couriers_.remote, hostOf(mailbox)});
    }
}

void AliasResolver::expandLocal(const mail::Mailbox& mailbox, const LocalDomain& domain) {
    const auto name = mailbox.localpart().canonical();
    const Alias* alias = name ? domain.findAlias(*name) : nullptr;
    const users::User* user = name ? domain.findUser(*name) : nullptr;
    const Alias* catchAll = domain.aliases.catchAll();

    const bool again = alias != nullptr && isOnPath(alias);
    if (alias != nullptr && !again) {
        expandAlias(mailbox, *alias, "alias");
    } else if (user != nullptr) {
        deliverToUser(mailbox, domain, *user);
    } else if (deliverElsewhere(mailbox, domain)) {
        return;
    } else if (again) {
        note(mailbox, "comes back to itself");
        loop_ = "the alias " + mailbox.toString() + " comes back to itself";
    } else if (catchAll != nullptr && !isOnPath(catchAll)) {
        expandAlias(mailbox, *catchAll, "catch-all");
    } else if (name) {
        expandFallback(mailbox, domain, *name);
    } else {
        unknown(mailbox);
    }
}

void AliasResolver::expandAlias(const mail::Mailbox& mailbox, const Alias& alias,
                                std::string_view how) {
    if (path_.size() == levelLimit) {
        tooMuch_ = original_.front().toString() + " goes through more than " +
                   std::to_string(levelLimit) + " aliases in a row";
        return;
    }
    path_.push_back(&alias);
    for (const auto& target : alias.targets) {
        if (const auto* pipe = std::get_if<PipeTarget>(&target)) {
            note(mailbox, how, "| " + pipe->command);
            add({mail::ForwardPath{original_.front()}, couriers_.pipe, pipe->command});
        } else {
            const auto& next = std::get<mail::Mailbox>(target);
            note(mailbox, how, next.toString());
            expand(next);
        }
    }
    path_.pop_back();
}

void AliasResolver::expandFallback(const mail::Mailbox& mailbox, const LocalDomain& domain,
                                   std::string_view name) {
    const std::string whole = domain.rules.withoutDropped(name);
    const auto role = domain.rules.withoutSuffix(whole);
    const bool isRole = role == "postmaster" || role == "abuse";
    // the domain stands for its fallback: a postmaster that leads back here has no one behind it
    if (!isRole || isOnPath(&domain)) {
        unknown(mailbox);
        return;
    }
    if (domain.postmaster) {
        path_.push_back(&domain);
        note(mailbox, "postmaster", domain.postmaster->toString());
        expand(*domain.postmaster);
        path_.pop_back();
        return;
    }
    const auto& users = domain.users.all();
    const auto first = std::find_if(users.begin(), users.end(), [](const users::User& user) {
        return user.rights.mayReceive();
    });
    if (first == users.end()) {
        unknown(mailbox);
        return;
    }
    note(mailbox, "postmaster");
    deliverToUser(mailbox, domain, *first);
}

void AliasResolver::deliverToUser(const mail::Mailbox& mailbox, const LocalDomain& domain,
                                  const users::User& user) {
    auto localpart = mail::Localpart::parse(user.name);
    if (!localpart) {  // the users file lets only local parts through
        unknown(mailbox);
        return;
    }
    deliverTo(mailbox, {std::move(*localpart), domain.name}, user.rights.mayReceive());
}

bool AliasResolver::deliverElsewhere(const mail::Mailbox& mailbox, const LocalDomain& domain) {
    const auto name = mailbox.localpart().canonical();
    if (elsewhere_ == nullptr || !name) return false;
    for (const auto& spelling : spellings(domain.rules, *name)) {
        auto localpart = mail::Localpart::parse(spelling);
        if (!localpart) continue;
        mail::Mailbox account{std::move(*localpart), domain.name};
        const auto found = elsewhere_->find(account);
        if (!found) {
            notNow_ = found.error();
            return true;
        }
        if (!*found) continue;
        deliverTo(mailbox, std::move(account), (*found)->mayReceive);
        return true;
    }
    return false;
}

void AliasResolver::deliverTo(const mail::Mailbox& mailbox, mail::Mailbox final, bool mayReceive) {
    if (!mayReceive) {
        note(mailbox, "may not receive", final.toString());
        disabled_ = final.toString() + " may not receive mail";
        return;
    }
    const std::string& nextHop = final.domain()->ascii();
    if (final != mailbox) note(mailbox, "user", final.toString());
    add({mail::ForwardPath{final}, couriers_.local, nextHop});
}

void AliasResolver::add(Destination destination) {
    auto& all = route_.destinations;
    const bool known = std::any_of(all.begin(), all.end(), [&](const Destination& other) {
        return isSame(other, destination);
    });
    if (known) return;
    if (all.size() == destinationLimit) {
        tooMuch_ = original_.front().toString() + " expands to more than " +
                   std::to_string(destinationLimit) + " destinations";
        return;
    }
    all.push_back(std::move(destination));
}

void AliasResolver::unknown(const mail::Mailbox& mailbox) {
    note(mailbox, "unknown user");
}

void AliasResolver::note(const mail::Mailbox& from, std::string_view step, std::string_view to) {
    std::string line = from.toString() + " -> " + std::string{step};
    if (!to.empty()) line.append(" -> ").append(to);
    route_.trail.push_back(std::move(line));
}

bool AliasResolver::isOnPath(const void* step) const {
    return std::find(path_.begin(), path_.end(), step) != path_.end();
}

}  // namespace postrider::routing
