#pragma once

#include "common/base/clock.h"
#include "common/mail/queue_id.h"
#include "server/delivery/decision.h"
#include "server/queue/queued_message.h"

#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace postrider::delivery {

/// Failed and late recipients of one message whose report waits for the others of that message that
/// are being tried.
struct HeldForReport {
    queue::StoredMessage message;
    std::vector<Decided> decided;
    SteadyTime since;
};

/// Keeps them until their message has no other job in memory, so that a thousand bad recipients
/// cause one report and not one per attempt. In memory only: after a crash they are simply tried
/// again. Locks inside.
class ReportHolder {
public:
    void add(const queue::StoredMessage& message, std::vector<Decided> decided, SteadyTime now);
    std::optional<HeldForReport> take(const mail::QueueId& id);
    /// Those that have waited since `then` or longer.
    std::vector<HeldForReport> takeOlder(SteadyTime then);

private:
    std::mutex mutex_;  // guards what follows
    std::map<mail::QueueId, HeldForReport> held_;
};

}  // namespace postrider::delivery
