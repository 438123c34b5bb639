#pragma once

#include "common/mail/queue_id.h"
#include "server/delivery/destination.h"
#include "server/queue/queue_store.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_set>
#include <vector>

namespace postrider::delivery {

/// Everything of the queue that is in memory: which recipients wait for a thread or are in flight,
/// by destination. Decides whose turn it is. Not thread-safe: Scheduler guards it.
///
/// Destinations take turns, so that one with a long line delays no other. One destination may hold
/// a third of the places that the others leave free, and as many threads as are free beside it.
/// Each courier leaves a fifth of the threads to the others: however many hosts on the Internet
/// are slow, mailboxes are filled.
class DestinationTable {
public:
    DestinationTable(DestinationLimits limits, std::size_t threads, std::size_t capacity)
        : limits_(std::move(limits)), threads_(threads), capacity_(capacity) {}

    // Refilling: rows are read while jobs end. A row that was released in the meantime must not
    // come back from an older snapshot, or it would be delivered twice.
    void beginRefill();
    /// Whether this recipient is in memory, or its destination has enough waiting.
    [[nodiscard]] bool passOver(const queue::DueCandidate& recipient);
    /// False when it was passed over after all.
    bool add(queue::DueRecipient recipient);
    struct RefillEnd {
        bool passedOver = false;  ///< some due recipients stayed in the queue for want of room
    };
    RefillEnd endRefill(SteadyTime now);
    /// How many recipients the next refill may bring.
    [[nodiscard]] std::size_t room() const;

    /// The next job, if one may start.
    std::optional<Job> take(SteadyTime now);
    /// A taken job was tried: its destination has a free place. True when no other job of its
    /// message is in memory.
    bool leave(const Job& job, const JobEnd& end, SteadyTime now);
    /// Outcomes were written down: these rows may be read from the queue again.
    void release(const std::vector<std::int64_t>& rows);

    /// Operators changed the queue: what waits is dropped, to be read again, and back-offs end.
    void reconsider();

    /// For the jobs that begin, and the destinations that fail, from now on.
    void use(DestinationLimits limits) { limits_ = std::move(limits); }

    [[nodiscard]] std::size_t readyRecipients() const { return ready_; }
    [[nodiscard]] std::size_t readyJobs() const { return readyJobs_; }
    [[nodiscard]] std::size_t inFlight() const { return inFlight_; }
    [[nodiscard]] std::size_t destinations() const { return destinations_.size(); }

private:
    [[nodiscard]] bool isFull(const DestinationKey& key) const;
    [[nodiscard]] bool hasThreadFor(const DestinationKey& key, const Destination& destination,
                                    SteadyTime now) const;
    void forgetJob(const mail::QueueId& id);
    void forgetIdle(SteadyTime now);

    DestinationLimits limits_;
    std::size_t threads_;
    std::size_t capacity_;
    std::map<DestinationKey, Destination> destinations_;
    std::deque<DestinationKey> turns_;           ///< each with something ready, once
    std::map<mail::QueueId, std::size_t> jobs_;  ///< in memory, by message
    std::map<std::string, std::size_t> busy_;    ///< jobs in flight, by courier
    std::unordered_set<std::int64_t> rows_;      ///< in memory
    std::unordered_set<std::int64_t> releasedMeanwhile_;
    bool refilling_ = false;
    bool passedOver_ = false;
    std::size_t ready_ = 0;  ///< recipients
    std::size_t readyJobs_ = 0;
    std::size_t inFlight_ = 0;
};

}  // namespace postrider::delivery
