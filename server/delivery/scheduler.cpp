#include "server/delivery/scheduler.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace postrider::delivery {

namespace {

/// Times are stored in seconds, so nothing becomes due more often.
constexpr std::chrono::seconds pollEvery{1};
/// A look at the queue that found little may take a fifth of the time at most.
constexpr int restFactor = 4;
constexpr int idleRestFactor = 20;

DestinationLimits limitsOf(const DeliveryOptions& options) {
    return {options.perDestination, options.maxRecipients, options.retry};
}

}  // namespace

Scheduler::Scheduler(const DeliveryOptions& options, queue::QueueStore& store, const Clock& clock,
                     Log& log, std::function<void(std::size_t)> jobsReady)
    : clock_(clock),
      store_(store),
      log_(log),
      jobsReady_(std::move(jobsReady)),
      page_(std::max<std::size_t>(options.ready / 5, 1)),
      table_(limitsOf(options), options.threads, options.ready),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Scheduler::~Scheduler() {
    stop();
}

void Scheduler::wake() {
    {
        const std::lock_guard lock{mutex_};
        if (refillWanted_) return;
        refillWanted_ = true;
    }
    wanted_.notify_one();  // behind the lock: who is woken under it sleeps again at once
}

void Scheduler::want() {
    if (refillWanted_) return;
    refillWanted_ = true;
    wanted_.notify_one();
}

void Scheduler::use(const DeliveryOptions& options) {
    const std::lock_guard lock{mutex_};
    table_.use(limitsOf(options));
}

void Scheduler::reconsider() {
    const std::lock_guard lock{mutex_};
    table_.reconsider();
    want();
}

std::optional<Job> Scheduler::next() {
    std::optional<Job> job;
    std::unique_lock lock{mutex_};
    ++waitingThreads_;
    jobReady_.wait(lock, [&] {
        if (!stopped_) job = table_.take(clock_.steady());
        return stopped_ || job.has_value();
    });
    --waitingThreads_;
    if (moreInQueue_ && table_.readyRecipients() < page_ / 2) want();
    return job;
}

bool Scheduler::leave(const Job& job, const JobEnd& end) {
    bool last = false;
    bool more = false;
    {
        const std::lock_guard lock{mutex_};
        last = table_.leave(job, end, clock_.steady());
        more = table_.readyJobs() > 0 && waitingThreads_ > 0;
        if (table_.inFlight() == 0) idle_.notify_all();
    }
    if (more) jobReady_.notify_one();
    return last;
}

void Scheduler::release(const std::vector<std::int64_t>& rows) {
    const std::lock_guard lock{mutex_};
    table_.release(rows);
    if (moreInQueue_ && table_.readyRecipients() < page_ / 2) want();
}

void Scheduler::stop() {
    thread_.request_stop();
    const std::lock_guard lock{mutex_};
    stopped_ = true;
    jobReady_.notify_all();
}

bool Scheduler::waitUntilIdle(std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    return idle_.wait_for(lock, time, [this] { return table_.inFlight() == 0; });
}

std::size_t Scheduler::inFlight() const {
    const std::lock_guard lock{mutex_};
    return table_.inFlight();
}

std::size_t Scheduler::ready() const {
    const std::lock_guard lock{mutex_};
    return table_.readyRecipients();
}

void Scheduler::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const SteadyTime began = steadyNow();
        bool wasFull = false;
        try {
            wasFull = refill();
        } catch (const std::exception& e) {
            // the queue cannot be read now; what is in flight goes on, and we try again
            log_.error("queue-unreadable", {{"reason", e.what()}});
        }
        pause(stop, steadyNow() - began, wasFull);
    }
}

bool Scheduler::refill() {
    std::size_t limit = 0;
    {
        const std::lock_guard lock{mutex_};
        refillWanted_ = false;
        limit = std::min(page_, table_.room());
        if (limit == 0) return false;
        table_.beginRefill();
    }
    std::vector<queue::DueRecipient> due =
        store_.due({clock_.now(), limit, [this](const queue::DueCandidate& recipient) {
                        const std::lock_guard lock{mutex_};
                        return table_.passOver(recipient);
                    }});
    const bool full = due.size() >= limit;
    std::size_t threadsWanted = 0;
    std::size_t toWake = 0;
    {
        const std::lock_guard lock{mutex_};
        for (queue::DueRecipient& recipient : due)
            table_.add(std::move(recipient));
        moreInQueue_ = table_.endRefill(clock_.steady()).passedOver || full;
        threadsWanted = table_.readyJobs() - std::min(table_.readyJobs(), waitingThreads_);
        toWake = std::min(table_.readyJobs(), waitingThreads_);
    }
    for (; toWake > 0; --toWake)
        jobReady_.notify_one();
    if (threadsWanted > 0) jobsReady_(threadsWanted);
    return full;
}

void Scheduler::pause(const std::stop_token& stop, SteadyTime::duration queryTook, bool wasFull) {
    std::unique_lock lock{mutex_};
    if (!wasFull) wanted_.wait_for(lock, stop, queryTook * restFactor, [] { return false; });
    const auto longest = std::max<SteadyTime::duration>(pollEvery, queryTook * idleRestFactor);
    wanted_.wait_for(lock, stop, longest, [this] { return refillWanted_; });
}

}  // namespace postrider::delivery
