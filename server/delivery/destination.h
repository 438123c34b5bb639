#pragma once

#include "common/base/clock.h"
#include "common/mail/queue_id.h"
#include "common/plugin/courier.h"
#include "server/queue/queued_message.h"

#include <chrono>
#include <compare>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace postrider::delivery {

/// The unit of concurrency and back-off.
struct DestinationKey {
    std::string courier;
    std::string nextHop;
    friend auto operator<=>(const DestinationKey&, const DestinationKey&) = default;
};

/// What one attempt works on: recipients of one message that share a destination. At least one
/// recipient.
struct Job {
    mail::QueueId id;
    DestinationKey destination;
    std::vector<queue::DueRecipient> recipients;
    SteadyTime startedAt{};
    /// Set when the destination is backing off: what to settle instead of trying.
    std::optional<plugin::DeliveryOutcome> suspended;
};

/// How the attempt of a job ended, as far as its destination is concerned.
struct JobEnd {
    enum class How {
        Answered,     ///< somebody was there, whatever he said
        Unreachable,  ///< nobody was: no connection, no name, no route (RFC 3463 X.4.x for
                      ///< everybody)
        NotTried,     ///< suspended, or the message is gone
    };
    How how = How::NotTried;
    std::optional<plugin::DeliveryOutcome> outcome;  ///< for Unreachable
};

/// What a destination may do at once, and how long it is left alone when nobody is there.
struct DestinationLimits {
    std::size_t concurrency = 20;
    std::size_t maxRecipients = 100;
    std::vector<std::chrono::seconds> retry;  ///< never empty
};

/// Jobs that wait for one destination, and how it is doing. Not thread-safe: DestinationTable owns
/// it.
///
/// When nobody is there it backs off: half of the retry schedule's step for as many failures in a
/// row, at most 15 minutes, so that a recipient's own next try always finds the back-off over.
/// Meanwhile its jobs come out `suspended`: they are settled with the last failure and cost no
/// connection. After the back-off one job at a time probes until somebody answers.
class Destination {
public:
    enum class Added { ToLastJob, AsNewJob };
    Added add(queue::DueRecipient recipient, const DestinationKey& key, std::size_t maxRecipients);
    /// The oldest job; only when mayStart().
    Job take(SteadyTime now);
    [[nodiscard]] bool mayStart(SteadyTime now, const DestinationLimits& limits,
                                std::size_t freeThreads) const;
    /// A job taken before has ended.
    void end(const Job& job, const JobEnd& end, SteadyTime now, const DestinationLimits& limits);
    /// An operator wants it tried now.
    void forgive();
    /// Takes the jobs that wait.
    std::deque<Job> drop();

    [[nodiscard]] bool backsOff(SteadyTime now) const { return failures_ > 0 && now < retryAt_; }
    [[nodiscard]] bool hasReady() const { return !ready_.empty(); }
    [[nodiscard]] std::size_t readyRecipients() const { return readyRecipients_; }
    [[nodiscard]] std::size_t inFlight() const { return inFlight_; }
    /// Nothing to do and nothing to remember.
    [[nodiscard]] bool idle() const { return ready_.empty() && inFlight_ == 0 && failures_ == 0; }
    /// Nothing to do, and the last failure is long ago.
    [[nodiscard]] bool forgotten(SteadyTime now) const;

private:
    std::deque<Job> ready_;
    std::size_t readyRecipients_ = 0;
    std::size_t inFlight_ = 0;
    unsigned failures_ = 0;  ///< in a row
    SteadyTime failedAt_{};
    SteadyTime retryAt_{};
    plugin::DeliveryOutcome lastFailure_;
};

}  // namespace postrider::delivery
