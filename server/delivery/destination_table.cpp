#include "server/delivery/destination_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace postrider::delivery {

namespace {

/// Destinations remembered only for a failure of the past.
constexpr std::size_t maxRemembered = 10'000;
/// So many times the capacity may be ready when very many destinations hold their least share.
constexpr std::size_t crowd = 4;
/// A fifth of the threads.
constexpr std::size_t leftToOthers = 5;

}  // namespace

void DestinationTable::beginRefill() {
    refilling_ = true;
    passedOver_ = false;
    releasedMeanwhile_.clear();
}

bool DestinationTable::isFull(const DestinationKey& key) const {
    const auto found = destinations_.find(key);
    const std::size_t waiting = found == destinations_.end() ? 0 : found->second.readyRecipients();
    const std::size_t free = capacity_ > ready_ ? capacity_ - ready_ : 0;
    // a little is always let in, or a crowd of slow destinations would keep a new one out
    const std::size_t share = std::max<std::size_t>(free / 2, limits_.concurrency * 2);
    return waiting >= share || room() == 0;
}

bool DestinationTable::passOver(const queue::DueCandidate& recipient) {
    if (rows_.contains(recipient.rowId) || releasedMeanwhile_.contains(recipient.rowId))
        return true;
    if (!isFull({recipient.courier, recipient.nextHop})) return false;
    passedOver_ = true;
    return true;
}

bool DestinationTable::add(queue::DueRecipient recipient) {
    if (passOver({recipient.rowId, recipient.courier, recipient.nextHop})) return false;
    const DestinationKey key{recipient.courier, recipient.nextHop};
    Destination& destination = destinations_[key];
    if (!destination.hasReady()) turns_.push_back(key);

    rows_.insert(recipient.rowId);
    ++ready_;
    const mail::QueueId id = recipient.id;
    const auto added = destination.add(std::move(recipient), key, limits_.maxRecipients);
    if (added == Destination::Added::AsNewJob) {
        ++jobs_[id];
        ++readyJobs_;
    }
    return true;
}

DestinationTable::RefillEnd DestinationTable::endRefill(SteadyTime now) {
    refilling_ = false;
    releasedMeanwhile_.clear();
    forgetIdle(now);
    return {passedOver_};
}

std::size_t DestinationTable::room() const {
    const std::size_t most = capacity_ * crowd;
    return most > ready_ ? most - ready_ : 0;
}

bool DestinationTable::hasThreadFor(const DestinationKey& key, const Destination& destination,
                                    SteadyTime now) const {
    const auto found = busy_.find(key.courier);
    const std::size_t busy = found == busy_.end() ? 0 : found->second;
    const std::size_t share = threads_ - threads_ / leftToOthers;
    const std::size_t free =
        std::min(threads_ - std::min(threads_, inFlight_), share - std::min(share, busy));
    if (!destination.mayStart(now, limits_, free)) return false;
    return free > 0 || destination.backsOff(now);  // then no courier is asked
}

std::optional<Job> DestinationTable::take(SteadyTime now) {
    for (std::size_t tried = turns_.size(); tried > 0; --tried) {
        DestinationKey key = std::move(turns_.front());
        turns_.pop_front();
        Destination& destination = destinations_.at(key);
        if (!hasThreadFor(key, destination, now)) {
            turns_.push_back(std::move(key));
            continue;
        }
        Job job = destination.take(now);
        ++busy_[job.destination.courier];
        if (destination.hasReady()) turns_.push_back(std::move(key));
        ready_ -= job.recipients.size();
        --readyJobs_;
        ++inFlight_;
        return job;
    }
    return std::nullopt;
}

bool DestinationTable::leave(const Job& job, const JobEnd& end, SteadyTime now) {
    --inFlight_;
    --busy_.at(job.destination.courier);
    const auto found = destinations_.find(job.destination);
    found->second.end(job, end, now, limits_);
    if (found->second.idle()) destinations_.erase(found);
    forgetJob(job.id);
    return !jobs_.contains(job.id);
}

void DestinationTable::release(const std::vector<std::int64_t>& rows) {
    for (const std::int64_t row : rows) {
        rows_.erase(row);
        if (refilling_) releasedMeanwhile_.insert(row);
    }
}

void DestinationTable::reconsider() {
    for (auto& [key, destination] : destinations_) {
        destination.forgive();
        for (const Job& job : destination.drop()) {
            forgetJob(job.id);
            for (const queue::DueRecipient& recipient : job.recipients) {
                rows_.erase(recipient.rowId);
                if (refilling_) releasedMeanwhile_.insert(recipient.rowId);
            }
        }
    }
    std::erase_if(destinations_, [](const auto& entry) { return entry.second.idle(); });
    turns_.clear();
    ready_ = 0;
    readyJobs_ = 0;
}

void DestinationTable::forgetJob(const mail::QueueId& id) {
    const auto found = jobs_.find(id);
    if (--found->second == 0) jobs_.erase(found);
}

void DestinationTable::forgetIdle(SteadyTime now) {
    if (destinations_.size() <= maxRemembered) return;
    std::erase_if(destinations_, [&](const auto& entry) { return entry.second.forgotten(now); });
}

}  // namespace postrider::delivery
