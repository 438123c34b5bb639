#include "server/delivery/destination.h"

#include <algorithm>
#include <utility>

namespace postrider::delivery {

namespace {

constexpr std::chrono::minutes longestBackOff{15};
constexpr std::chrono::hours memory{1};

SteadyTime::duration backOff(unsigned failures, const std::vector<std::chrono::seconds>& retry) {
    const std::size_t step = std::min<std::size_t>(failures, retry.size()) - 1;
    const std::chrono::milliseconds half = std::chrono::milliseconds{retry[step]} / 2;
    return std::min<SteadyTime::duration>(half, longestBackOff);
}

}  // namespace

Destination::Added Destination::add(queue::DueRecipient recipient, const DestinationKey& key,
                                    std::size_t maxRecipients) {
    ++readyRecipients_;
    const bool fits = !ready_.empty() && ready_.back().id == recipient.id &&
                      ready_.back().recipients.size() < maxRecipients;
    if (!fits) ready_.push_back(Job{recipient.id, key, {}, {}, {}});
    ready_.back().recipients.push_back(std::move(recipient));
    return fits ? Added::ToLastJob : Added::AsNewJob;
}

bool Destination::mayStart(SteadyTime now, const DestinationLimits& limits,
                           std::size_t freeThreads) const {
    if (ready_.empty()) return false;
    if (backsOff(now)) return true;  // these only settle
    if (failures_ > 0) return inFlight_ == 0;
    // with half of what is free for each, slow ones together never take the last thread
    return inFlight_ < limits.concurrency && inFlight_ < freeThreads;
}

Job Destination::take(SteadyTime now) {
    Job job = std::move(ready_.front());
    ready_.pop_front();
    readyRecipients_ -= job.recipients.size();
    ++inFlight_;
    job.startedAt = now;
    if (backsOff(now)) job.suspended = lastFailure_;
    return job;
}

void Destination::end(const Job& job, const JobEnd& end, SteadyTime now,
                      const DestinationLimits& limits) {
    --inFlight_;
    switch (end.how) {
        case JobEnd::How::NotTried:
            return;
        case JobEnd::How::Answered:
            forgive();
            return;
        case JobEnd::How::Unreachable:
            break;
    }
    // attempts that ran beside the one that failed first say nothing new
    if (failures_ > 0 && job.startedAt < failedAt_) return;
    ++failures_;
    failedAt_ = now;
    retryAt_ = now + backOff(failures_, limits.retry);
    if (end.outcome) lastFailure_ = *end.outcome;
}

void Destination::forgive() {
    failures_ = 0;
}

std::deque<Job> Destination::drop() {
    readyRecipients_ = 0;
    return std::exchange(ready_, {});
}

bool Destination::forgotten(SteadyTime now) const {
    return ready_.empty() && inFlight_ == 0 && now > retryAt_ + memory;
}

}  // namespace postrider::delivery
