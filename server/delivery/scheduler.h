#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "server/delivery/delivery_options.h"
#include "server/delivery/destination_table.h"
#include "server/queue/queue_store.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

namespace postrider::delivery {

/// Knows who is due. One thread keeps a bounded list of due recipients in memory and fills it up
/// from the queue when it runs low; courier threads take jobs from it. Locks inside; the queue is
/// never asked while the lock is held.
///
/// wake() costs a few instructions: a burst of messages causes few queries, each of a page. When a
/// query is slow and brings little (a long line for a slow destination), the next one waits for a
/// multiple of the time it took.
class Scheduler {
public:
    /// `jobsReady` is told after each look at the queue how many jobs wait for which no thread is
    /// idle; called on the scheduler's thread. The thread starts at once.
    Scheduler(const DeliveryOptions& options, queue::QueueStore& store, const Clock& clock,
              Log& log, std::function<void(std::size_t)> jobsReady);
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;
    ~Scheduler();

    /// Something new may be due. Any thread, never blocks for long.
    void wake();
    /// Operators changed the queue: forget what waits and what destinations did, and read again.
    void reconsider();
    /// The limits of destinations, for what happens to them from now on.
    void use(const DeliveryOptions& options);

    /// Blocks until a job may start; nothing after stop().
    std::optional<Job> next();
    /// The job was tried: its destination has a free place. True when no other job of its message
    /// is in memory.
    bool leave(const Job& job, const JobEnd& end);
    /// Outcomes were written down: the queue decides from now on when these are due.
    void release(const std::vector<std::int64_t>& rows);

    /// Hands out nothing any more.
    void stop();
    /// Waits until every job that was handed out has left, or the time is over; false then.
    bool waitUntilIdle(std::chrono::milliseconds time);

    [[nodiscard]] std::size_t inFlight() const;
    [[nodiscard]] std::size_t ready() const;

private:
    void run(const std::stop_token& stop);
    bool refill();
    void pause(const std::stop_token& stop, SteadyTime::duration queryTook, bool wasFull);
    void want();  ///< with the lock held

    const Clock& clock_;
    queue::QueueStore& store_;
    Log& log_;
    std::function<void(std::size_t)> jobsReady_;
    const std::size_t page_;

    mutable std::mutex mutex_;  // guards what follows
    DestinationTable table_;
    std::condition_variable_any wanted_;
    std::condition_variable jobReady_;
    std::condition_variable idle_;
    bool refillWanted_ = true;
    bool moreInQueue_ = false;  ///< the last look at the queue left due recipients there
    bool stopped_ = false;
    std::size_t waitingThreads_ = 0;

    std::jthread thread_;  // last: starts when all else is there
};

}  // namespace postrider::delivery
