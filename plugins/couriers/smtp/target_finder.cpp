#include "plugins/couriers/smtp/target_finder.h"

#include "common/base/text.h"
#include "common/plugin/outcomes.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

namespace postrider::couriers {

namespace {

using plugin::DeliveryOutcome;
using Targets = std::vector<Target>;
using Found = Result<Targets, DeliveryOutcome>;

/// ATTACKS: a hundred MX with fifty addresses each must not keep us busy.
constexpr std::size_t mostTargets = 5;
constexpr std::size_t mostHosts = 10;
/// Of a host that is not the only one: an address of each family, so that a dead host does not use
/// up all tries.
constexpr std::size_t targetsPerHost = 2;

bool isNullMx(const dns::MxRecord& record) {
    return record.exchange == ".";
}

DeliveryOutcome loop(const std::string& what) {
    return plugin::permanent({5, 4, 6}, what + ": mail would loop back to this host");
}

/// One search; collects what stood in the way.
class Search {
public:
    Search(const FinderOptions& options, const plugin::Host& host, std::uint16_t port,
           Deadline deadline)
        : options_(options), host_(host), port_(port), deadline_(deadline) {}

    Found domain(const mail::Domain& name);
    Found host(const mail::Domain& name);
    Found address(const IpAddress& ip);

private:
    Found fromMx(const std::string& name, std::vector<dns::MxRecord> records);
    std::optional<Targets> group(std::span<dns::MxRecord> records, std::size_t perHost,
                                 std::size_t room);
    std::optional<Targets> lookUp(const std::string& host, std::size_t most);
    [[nodiscard]] Targets choose(const std::vector<IpAddress>& ips, const std::string& host,
                                 std::size_t most);
    [[nodiscard]] DeliveryOutcome nothing(const std::string& name,
                                          mail::EnhancedStatus missing) const;
    void shuffle(std::span<dns::MxRecord> records) const;

    const FinderOptions& options_;
    const plugin::Host& host_;
    std::uint16_t port_;
    Deadline deadline_;
    std::size_t asked_ = 0;
    std::string temporary_;    ///< the last question without an answer
    bool sawPrivate_ = false;  ///< an address was left out for what it is
};

Found Search::domain(const mail::Domain& name) {
    auto answer = host_.resolver.mx(name, deadline_);
    if (answer) return fromMx(name.ascii(), std::move(answer).value().records);

    const auto& error = answer.error();
    if (error.isTemporary()) {
        return Unexpected{
            plugin::transient({4, 4, 3}, "MX of " + name.ascii() + ": " + error.text)};
    }
    if (error.kind == dns::DnsErrorKind::NoSuchDomain) {
        return Unexpected{plugin::permanent({5, 1, 2}, "no such domain: " + name.ascii())};
    }
    // No MX at all: the domain's own address (RFC 5321 section 5.1).
    auto targets = lookUp(name.ascii(), mostTargets);
    if (!targets) return Unexpected{loop(name.ascii())};
    if (targets->empty()) return Unexpected{nothing(name.ascii(), {5, 1, 2})};
    return std::move(*targets);
}

Found Search::host(const mail::Domain& name) {
    auto targets = lookUp(name.ascii(), mostTargets);
    if (!targets) return Unexpected{loop(name.ascii())};
    if (!targets->empty()) return std::move(*targets);
    if (sawPrivate_) return Unexpected{nothing(name.ascii(), {5, 4, 4})};
    // Our own configuration names it: its mistakes must not bounce mail.
    return Unexpected{plugin::transient({4, 4, 4}, "no address for the next hop " + name.ascii())};
}

Found Search::address(const IpAddress& ip) {
    auto targets = choose({ip}, ip.toString(), 1);
    if (targets.empty()) return Unexpected{nothing(ip.toString(), {5, 4, 4})};
    if (!options_.allowPrivate && options_.own.contains(ip)) return Unexpected{loop(ip.toString())};
    return targets;
}

Found Search::fromMx(const std::string& name, std::vector<dns::MxRecord> records) {
    if (std::all_of(records.begin(), records.end(), isNullMx)) {
        return Unexpected{plugin::permanent({5, 1, 10}, name + " takes no mail (null MX)")};
    }
    std::erase_if(records, isNullMx);
    std::stable_sort(records.begin(), records.end(),
                     [](const auto& a, const auto& b) { return a.preference < b.preference; });

    const auto ours = std::find_if(records.begin(), records.end(), [&](const auto& record) {
        return text::equalsIgnoreCase(record.exchange, host_.hostname);
    });
    if (ours != records.end()) {
        const auto preference = ours->preference;
        std::erase_if(records, [&](const auto& record) { return record.preference >= preference; });
        if (records.empty()) return Unexpected{loop(name)};
    }

    const std::size_t perHost = records.size() == 1 ? mostTargets : targetsPerHost;
    Targets all;
    for (auto first = records.begin(); first != records.end() && all.size() < mostTargets;) {
        const auto last = std::find_if(first, records.end(), [&](const auto& record) {
            return record.preference != first->preference;
        });
        auto more = group({first, last}, perHost, mostTargets - all.size());
        if (!more && all.empty()) return Unexpected{loop(name)};
        if (!more) break;
        std::move(more->begin(), more->end(), std::back_inserter(all));
        first = last;
    }
    if (all.empty()) return Unexpected{nothing("the MX of " + name, {5, 4, 4})};
    return all;
}

/// The targets of hosts of one preference, in random order; nothing when we are one of them.
std::optional<Targets> Search::group(std::span<dns::MxRecord> records, std::size_t perHost,
                                     std::size_t room) {
    shuffle(records);
    Targets targets;
    for (const auto& record : records) {
        if (targets.size() >= room || asked_ >= mostHosts) break;
        auto more = lookUp(record.exchange, std::min(perHost, room - targets.size()));
        if (!more) return std::nullopt;
        std::move(more->begin(), more->end(), std::back_inserter(targets));
    }
    return targets;
}

/// The targets of one host; nothing when it is us.
std::optional<Targets> Search::lookUp(const std::string& host, std::size_t most) {
    // Where a name belongs, an address is not followed: whoever wrote it wants us to connect there
    // blindly.
    if (IpAddress::parse(host)) {
        sawPrivate_ = true;
        return Targets{};
    }
    ++asked_;
    const auto answer = host_.resolver.addresses(host, deadline_);
    if (!answer) {
        if (answer.error().isTemporary()) temporary_ = host + ": " + answer.error().text;
        return Targets{};
    }
    const auto& ips = answer->records;
    const bool isOurs = !options_.allowPrivate &&
                        std::any_of(ips.begin(), ips.end(),
                                    [&](const auto& ip) { return options_.own.contains(ip); });
    if (isOurs) return std::nullopt;
    return choose(ips, host, most);
}

/// The families in turn, IPv6 first.
Targets Search::choose(const std::vector<IpAddress>& ips, const std::string& host,
                       std::size_t most) {
    std::vector<IpAddress> v4;
    std::vector<IpAddress> v6;
    for (const auto& ip : ips) {
        if (ip.isSpecialPurpose() && !options_.allowPrivate) {
            sawPrivate_ = true;
            continue;
        }
        (ip.isV4() ? v4 : v6).push_back(ip);
    }
    Targets targets;
    for (std::size_t i = 0; i < std::max(v4.size(), v6.size()); ++i) {
        if (i < v6.size()) targets.push_back({{v6[i], port_}, host});
        if (i < v4.size()) targets.push_back({{v4[i], port_}, host});
    }
    if (targets.size() > most)
        targets.erase(targets.begin() + static_cast<std::ptrdiff_t>(most), targets.end());
    return targets;
}

DeliveryOutcome Search::nothing(const std::string& name, mail::EnhancedStatus missing) const {
    if (!temporary_.empty()) return plugin::transient({4, 4, 3}, "address of " + temporary_);
    if (sawPrivate_) {
        return plugin::permanent({5, 4, 4},
                                 name + " has only addresses that are not on the public Internet");
    }
    return plugin::permanent(missing, name + " has no address");
}

/// Fisher and Yates, with our own source of randomness.
void Search::shuffle(std::span<dns::MxRecord> records) const {
    for (std::size_t left = records.size(); left > 1; --left) {
        std::swap(records[left - 1], records[static_cast<std::size_t>(host_.random.below(left))]);
    }
}

}  // namespace

Found TargetFinder::find(const std::string& nextHop, Deadline deadline) const {
    const auto hops = NextHop::parseList(nextHop);
    if (hops.empty()) {
        return Unexpected{
            plugin::transient({4, 3, 5}, "the next hop '" + nextHop + "' cannot be read")};
    }
    if (hops.size() == 1) return findOne(hops.front(), deadline);

    const std::size_t perHop = std::max<std::size_t>(1, mostTargets / hops.size());
    Targets all;
    std::optional<DeliveryOutcome> trouble;
    for (const auto& hop : hops) {
        auto found = findOne(hop, deadline);
        if (!found) {
            // one that may come back keeps the message waiting for it
            const bool later = found.error().disposition == plugin::Disposition::Transient;
            if (!trouble || later) trouble = found.error();
            continue;
        }
        const auto room = std::min({perHop, found->size(), mostTargets - all.size()});
        std::move(found->begin(), found->begin() + static_cast<std::ptrdiff_t>(room),
                  std::back_inserter(all));
    }
    if (all.empty()) return Unexpected{*std::move(trouble)};
    return all;
}

Found TargetFinder::findOne(const NextHop& hop, Deadline deadline) const {
    Search search{options_, host_, hop.port.value_or(options_.port), deadline};
    if (const auto* domain = std::get_if<MailDomain>(&hop.place)) {
        return search.domain(domain->name);
    }
    if (const auto* host = std::get_if<NamedHost>(&hop.place)) return search.host(host->name);
    return search.address(std::get<IpAddress>(hop.place));
}

}  // namespace postrider::couriers
