#include "server/routing/alias_resolver.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace postrider::routing {

namespace {

/// Bounds the work for aliases that name each other in every line.
constexpr std::size_t stepLimit = 10'000;
constexpr std::string_view catchAllName = "*";
constexpr std::string_view postmasterName = "postmaster";
constexpr std::string_view abuseName = "abuse";

/// The role that mail to this name is for; empty for all other names.
std::string_view roleOf(const LocalDomain& domain, std::string_view name) {
    const std::string whole = domain.rules.withoutDropped(name);
    const auto plain = domain.rules.withoutSuffix(whole);
    for (const auto role : {postmasterName, abuseName}) {
        if (plain == role) return role;
    }
    return {};
}

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
    if (route_.destinations.empty() && !isDecided()) rescueRole(recipient);
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
    if (isDecided()) return;
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
    const Entry alias = name ? findAlias(domain, *name) : Entry{};
    if (isDecided()) return;
    if (alias.isKnown()) {
        expandEntry(mailbox, alias, "alias");
        return;
    }
    if (const auto* user = name ? domain.findUser(*name) : nullptr) {
        deliverToUser(mailbox, domain, *user);
        return;
    }
    if (deliverElsewhere(mailbox, domain)) return;
    if (alias.comesBack) {
        note(mailbox, "comes back to itself");
        loop_ = "the alias " + mailbox.toString() + " comes back to itself";
        return;
    }
    const Entry catchAll = entryOf(domain, catchAllName, {catchAllName, catchAllName});
    if (isDecided()) return;
    if (catchAll.isKnown()) {
        expandEntry(mailbox, catchAll, "catch-all");
    } else if (name) {
        expandFallback(mailbox, domain, *name);
    } else {
        unknown(mailbox);
    }
}

/// The alias with the suffix, else the one without.
AliasResolver::Entry AliasResolver::findAlias(const LocalDomain& domain, std::string_view name) {
    if (name == catchAllName) return {};
    const std::string whole = domain.rules.withoutDropped(name);
    Entry entry = entryOf(domain, whole, {name, name});
    const auto plain = domain.rules.withoutSuffix(whole);
    if (entry.isKnown() || entry.comesBack || isDecided() || plain == name) return entry;
    const bool hasSuffix = plain != whole;
    return entryOf(domain, plain, {plain, hasSuffix ? domain.rules.withoutSuffix(name) : ""});
}

/// Without targets when it is being expanded already.
AliasResolver::Entry AliasResolver::entryOf(const LocalDomain& domain, std::string_view name,
                                            const Spellings& spellings) {
    Entry entry;
    entry.key.append(name).append("@").append(domain.name.ascii());
    entry.comesBack = isOnPath(entry.key);
    if (entry.comesBack) return entry;
    const auto& aliases = domain.aliases;
    entry.file = name == catchAllName ? aliases.catchAll() : aliases.find(name);
    entry.fromHook = askHook(domain, spellings.forHook);
    if (!isDecided()) entry.fromSource = askSource(domain, name, spellings.forSource);
    return entry;
}

std::vector<AliasTarget> AliasResolver::askHook(const LocalDomain& domain, std::string_view name) {
    if (book_.hook() == nullptr) return {};
    const std::string key = std::string{name} + "@" + domain.name.ascii();
    if (const auto known = hookAnswers_.find(key); known != hookAnswers_.end()) {
        return known->second;
    }
    auto answer = book_.hook()->ask(name, domain.name, askDeadline_);
    if (!answer) {
        notNow_ = key + ": " + answer.error();
        return {};
    }
    return hookAnswers_.emplace(key, std::move(*answer)).first->second;
}

std::vector<AliasTarget> AliasResolver::askSource(const LocalDomain& domain, std::string_view name,
                                                  std::string_view asWritten) {
    if (elsewhere_.aliases == nullptr || asWritten.empty()) return {};
    for (const auto spelling : {asWritten, name}) {
        if (!isInTime(std::string{elsewhere_.aliases->name()})) return {};
        auto found = elsewhere_.aliases->find(spelling, domain.name);
        if (!found) {
            notNow_ = found.error();
            return {};
        }
        if (!found->empty()) return *std::move(found);
        if (name == asWritten) break;
    }
    return {};
}

bool AliasResolver::isInTime(const std::string& who) {
    if (!askDeadline_.passed()) return true;
    notNow_ = who + ": all questions about " + original_.front().toString() +
              " took more than half a minute";
    return false;
}

void AliasResolver::expandEntry(const mail::Mailbox& mailbox, const Entry& entry,
                                std::string_view how) {
    if (path_.size() == levelLimit) {
        tooMuch_ = original_.front().toString() + " goes through more than " +
                   std::to_string(levelLimit) + " aliases in a row";
        return;
    }
    path_.push_back(entry.key);
    if (entry.file != nullptr) {
        for (const auto& target : entry.file->targets)
            expandTarget(mailbox, target, how);
    }
    const std::string byHook = std::string{how} + " by hook";
    for (const auto& target : entry.fromHook)
        expandTarget(mailbox, target, byHook);
    if (elsewhere_.aliases != nullptr) {
        const std::string bySource =
            std::string{how} + " by " + std::string{elsewhere_.aliases->name()};
        for (const auto& target : entry.fromSource)
            expandTarget(mailbox, target, bySource);
    }
    path_.pop_back();
}

void AliasResolver::expandTarget(const mail::Mailbox& mailbox, const AliasTarget& target,
                                 std::string_view how) {
    if (const auto* pipe = std::get_if<PipeTarget>(&target)) {
        note(mailbox, how, "| " + pipe->command);
        add({mail::ForwardPath{original_.front()}, couriers_.pipe, pipe->command});
        return;
    }
    const auto& where = std::get<MailboxTarget>(target);
    const auto next = where.mailboxFor(mailbox);
    if (where.via.empty()) {
        note(mailbox, how, next.toString());
        expand(next);
    } else {
        note(mailbox, how, next.toString() + " via " + where.via);
        add({mail::ForwardPath{next}, couriers_.remote, where.via});
    }
}

void AliasResolver::expandFallback(const mail::Mailbox& mailbox, const LocalDomain& domain,
                                   std::string_view name) {
    const auto role = roleOf(domain, name);
    // a postmaster that leads back here has no one behind it
    const std::string key = "the postmaster of " + domain.name.ascii();
    if (role.empty() || isOnPath(key)) {
        unknown(mailbox);
        return;
    }
    postmasterAsked_ = true;
    const auto postmaster = mail::Localpart::parse(postmasterName);
    if (domain.postmaster || (role != postmasterName && postmaster)) {
        const auto next = domain.postmaster.value_or(mail::Mailbox{*postmaster, domain.name});
        if (domain.postmaster) path_.push_back(key);
        note(mailbox, "postmaster", next.toString());
        expand(next);
        if (domain.postmaster) path_.pop_back();
        return;
    }
    deliverToFirstUser(mailbox, domain);
}

/// RFC 5321 section 4.5.1: an alias or an account that fails leaves no role without anybody.
void AliasResolver::rescueRole(const mail::Mailbox& recipient) {
    const auto* domain = recipient.domain() != nullptr ? book_.find(*recipient.domain()) : nullptr;
    const auto name = recipient.localpart().canonical();
    if (domain == nullptr || !name || roleOf(*domain, *name).empty()) return;
    if (!postmasterAsked_) expandFallback(recipient, *domain, *name);
    const bool reached = !route_.destinations.empty() || isDecided();
    if (!reached && !firstUserAsked_) deliverToFirstUser(recipient, *domain);
}

void AliasResolver::deliverToFirstUser(const mail::Mailbox& mailbox, const LocalDomain& domain) {
    firstUserAsked_ = true;
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
    if (elsewhere_.accounts == nullptr || !name) return false;
    for (const auto& spelling : spellings(domain.rules, *name)) {
        auto localpart = mail::Localpart::parse(spelling);
        if (!localpart) continue;
        const mail::Mailbox account{std::move(*localpart), domain.name};
        if (!isInTime(std::string{elsewhere_.accounts->name()})) return true;
        const auto found = elsewhere_.accounts->find(account);
        if (!found) {
            notNow_ = found.error();
            return true;
        }
        if (!*found) continue;
        deliverTo(mailbox, account, (*found)->mayReceive);
        return true;
    }
    return false;
}

void AliasResolver::deliverTo(const mail::Mailbox& mailbox, const mail::Mailbox& final,
                              bool mayReceive) {
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

bool AliasResolver::isOnPath(std::string_view key) const {
    return std::find(path_.begin(), path_.end(), key) != path_.end();
}

}  // namespace postrider::routing
