#include "server/delivery/report_holder.h"

#include <iterator>
#include <utility>

namespace postrider::delivery {

void ReportHolder::add(const queue::StoredMessage& message, std::vector<Decided> failures,
                       SteadyTime now) {
    if (failures.empty()) return;
    const std::lock_guard lock{mutex_};
    const auto [held, isNew] = held_.try_emplace(message.id, HeldFailures{message, {}, now});
    auto& all = held->second.failures;
    all.insert(all.end(), std::make_move_iterator(failures.begin()),
               std::make_move_iterator(failures.end()));
}

std::optional<HeldFailures> ReportHolder::take(const mail::QueueId& id) {
    const std::lock_guard lock{mutex_};
    auto node = held_.extract(id);
    if (node.empty()) return std::nullopt;
    return std::move(node.mapped());
}

std::vector<HeldFailures> ReportHolder::takeOlder(SteadyTime then) {
    std::vector<HeldFailures> old;
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
