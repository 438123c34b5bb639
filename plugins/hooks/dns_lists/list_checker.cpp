#include "plugins/hooks/dns_lists/list_checker.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>

namespace postrider::hooks {

namespace {

constexpr std::size_t mostZones = 16;
constexpr std::size_t mostAtOnce = 8;  ///< threads of one check, ours among them
constexpr std::size_t mostRemembered = 10'000;

bool isLoopbackAnswer(const IpAddress& record) {
    return record.isV4() && record.octets()[0] == 127;
}

/// What lists say to resolvers that they do not serve.
bool isRefusalToAnswer(const IpAddress& record) {
    return isLoopbackAnswer(record) && record.octets()[1] == 255 && record.octets()[2] == 255;
}

std::vector<std::string> zonesOf(const std::vector<DnsList>& lists) {
    std::vector<std::string> zones;
    for (const auto& list : lists) {
        if (std::find(zones.begin(), zones.end(), list.zone) == zones.end())
            zones.push_back(list.zone);
    }
    return zones;
}

/// Calls `work(i)` for each i below `count`, on several threads; `work` throws nothing.
template <class Work>
void inParallel(std::size_t count, const Work& work) {
    std::atomic<std::size_t> next{0};
    const auto takeSome = [&] {
        for (std::size_t i = next++; i < count; i = next++)
            work(i);
    };
    std::vector<std::jthread> helpers;
    try {
        while (helpers.size() + 1 < std::min(count, mostAtOnce))
            helpers.emplace_back(takeSome);
    } catch (const std::system_error&) {
        // No threads to be had: those that are there do it all, one question after the other.
    }
    takeSome();
}

}  // namespace

std::string Listings::toString() const {
    std::string text;
    for (const Hit& hit : hits) {
        text += text.empty() ? "" : ", ";
        text += hit.zone + " " + hit.answer + " (" + (hit.weight > 0 ? "+" : "") +
                std::to_string(hit.weight) + ")";
    }
    return text;
}

std::vector<DnsList> listsOf(const plugin::Settings& settings, std::string_view key) {
    std::vector<DnsList> lists;
    for (const auto& text : settings.list(key)) {
        auto list = DnsList::parse(text);
        if (!list) throw settings.error(key, list.error());
        lists.push_back(std::move(list).value());
    }
    if (zonesOf(lists).size() > mostZones) throw settings.error(key, "has more than 16 zones");
    return lists;
}

ListChecker::ListChecker(std::vector<DnsList> lists, std::chrono::seconds remember,
                         const plugin::Host& host)
    : lists_(std::move(lists)), zones_(zonesOf(lists_)), rememberFor_(remember), host_(host) {}

Listings ListChecker::look(const IpAddress& ip, Deadline deadline) {
    {
        const std::lock_guard lock{mutex_};
        const auto found = remembered_.find(ip);
        if (found != remembered_.end() && host_.clock.steady() < found->second.until) {
            return found->second.listings;
        }
    }
    const auto answers = askAll(ip, deadline);
    auto listings = weigh(answers);
    const bool complete =
        std::none_of(answers.begin(), answers.end(), [](const auto& a) { return a.failed; });
    if (complete) remember(ip, listings);
    return listings;
}

std::vector<ListChecker::ZoneAnswer> ListChecker::askAll(const IpAddress& ip, Deadline deadline) {
    std::vector<ZoneAnswer> answers(zones_.size());
    inParallel(zones_.size(), [&](std::size_t i) { answers[i] = ask(ip, zones_[i], deadline); });
    return answers;
}

ListChecker::ZoneAnswer ListChecker::ask(const IpAddress& ip, const std::string& zone,
                                         Deadline deadline) {
    ZoneAnswer answer;
    std::string failure;
    // On a thread of our own nothing may be thrown.
    try {
        auto found = host_.resolver.addresses(questionName(ip, zone), deadline);
        if (found) {
            auto& records = found->records;
            std::copy_if(records.begin(), records.end(), std::back_inserter(answer.records),
                         [&](const IpAddress& record) { return counts(record, zone); });
        } else if (found.error().isTemporary()) {
            failure = found.error().text;
        }
    } catch (const std::exception& error) {
        failure = error.what();
    }
    if (failure.empty()) return answer;
    answer.failed = true;
    host_.metrics
        .counter("postrider_dns_list_failures", "Questions to DNS lists without an answer",
                 {"zone", zone})
        .add();
    host_.log.info("dns-list-failed", {{"zone", zone}, {"reason", failure}});
    return answer;
}

bool ListChecker::counts(const IpAddress& record, const std::string& zone) {
    if (isRefusalToAnswer(record)) {
        warnOnce(zone, record, "the list does not answer our resolver");
        return false;
    }
    if (!isLoopbackAnswer(record)) {
        if (record.isV4()) warnOnce(zone, record, "this is no answer of a list; is it gone?");
        return false;
    }
    return true;
}

Listings ListChecker::weigh(const std::vector<ZoneAnswer>& answers) const {
    Listings listings;
    for (const DnsList& list : lists_) {
        const auto zone = std::find(zones_.begin(), zones_.end(), list.zone);
        const auto& records = answers[static_cast<std::size_t>(zone - zones_.begin())].records;
        const auto hit = std::find_if(records.begin(), records.end(), [&](const auto& record) {
            return !list.answers || list.answers->matches(record);
        });
        if (hit == records.end()) continue;
        listings.hits.push_back({list.zone, hit->toString(), list.weight});
        listings.score += list.weight;
    }
    return listings;
}

void ListChecker::remember(const IpAddress& ip, const Listings& listings) {
    const SteadyTime now = host_.clock.steady();
    const std::lock_guard lock{mutex_};
    if (remembered_.size() >= mostRemembered) {
        std::erase_if(remembered_, [&](const auto& entry) { return entry.second.until <= now; });
    }
    if (remembered_.size() >= mostRemembered) remembered_.clear();
    remembered_.insert_or_assign(ip, Remembered{listings, now + rememberFor_});
}

void ListChecker::warnOnce(const std::string& zone, const IpAddress& record,
                           const std::string& meaning) {
    {
        const std::lock_guard lock{mutex_};
        if (!warned_.insert(zone).second) return;
    }
    host_.log.warning("dns-list-useless",
                      {{"zone", zone}, {"answer", record.toString()}, {"reason", meaning}});
}

}  // namespace postrider::hooks
