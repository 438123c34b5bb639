#include "server/delivery/report_holder.h"

#include <iterator>
#include <utility>

namespace postrider::delivery {

void ReportHolder::add(const queue::StoredMessage& message, std::vector<Decided> decided,
                       SteadyTime now) {
    if (decided.empty()) return;
    const std::lock_guard lock{mutex_};
    const auto [held, isNew] = held_.try_emplace(message.id, HeldForReport{message, {}, now});
    auto& all = held->second.decided;
    all.insert(all.end(), std::make_move_iterator(decided.begin()),
               std::make_move_iterator(decided.end()));
}

std::optional<HeldForReport> ReportHolder::take(const mail::QueueId& id) {
    const std::lock_guard lock{mutex_};
    auto node = held_.extract(id);
    if (node.empty()) return std::nullopt;
    return std::move(node.mapped());
}

std::vector<HeldForReport> ReportHolder::takeOlder(SteadyTime then) {
    std::vector<HeldForReport> old;
    const std::lock_guard lock{mutex_};
    for (auto held = held_.begin(); held != held_.end();) {
        if (held->second.since > then) {
            ++held;
            continue;
        }
        old.push_back(std::move(held->second));
        held = held_.erase(held);
    }
    return old;
}

}  // namespace postrider::delivery
