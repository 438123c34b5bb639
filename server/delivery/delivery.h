#pragma once

#include "common/base/clock.h"
#include "common/base/current.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/random.h"
#include "server/delivery/attempt.h"
#include "server/delivery/courier_pool.h"
#include "server/delivery/decision.h"
#include "server/delivery/delivery_options.h"
#include "server/delivery/delivery_port.h"
#include "server/delivery/queue_keeper.h"
#include "server/delivery/report_holder.h"
#include "server/delivery/scheduler.h"
#include "server/delivery/settlement.h"
#include "server/journal/mail_log.h"
#include "server/queue/queue_store.h"
#include "server/routing/router.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <stop_token>
#include <vector>

namespace postrider::delivery {

/// References lent for life.
struct DeliveryPorts {
    queue::QueueStore& store;
    Couriers& couriers;
    const routing::Router& router;
    journal::MailLog& mailLog;
    Log& log;
    Metrics& metrics;
    const Clock& clock;
    Random& random;
};

/// Everything between the queue and the couriers: takes what is due, tries it, writes down what
/// came of it. Works from construction on, in threads of its own.
class Delivery {
public:
    Delivery(const DeliveryOptions& options, const DeliveryPorts& ports);
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;
    /// Waits for attempts that go on, however long they take: call stop() first.
    ~Delivery();

    /// A message was put into the queue. Any thread, cheap.
    void wake() { scheduler_.wake(); }

    /// The limits of destinations and all times, for what is begun or decided from now on; the rest
    /// of the options stays as it was. Any thread.
    void use(const DeliveryOptions& options);

    /// Begins no attempt any more and waits for those going on. False when the time is over before
    /// the last has ended: then the process may end without destroying this object; what is not
    /// settled stays pending and is tried again.
    bool stop(std::chrono::milliseconds grace);

private:
    void work(const std::stop_token& stop);
    void carryOut(const Job& job, const std::stop_token& stop);
    [[nodiscard]] Attempted tryJob(const Job& job, const queue::StoredMessage& message);
    void finish(const Job& job, const queue::StoredMessage& message, Attempted attempted,
                const std::stop_token& stop);
    void abandon(const Job& job, const std::stop_token& stop);
    [[nodiscard]] std::optional<WallTime> warnTime(const queue::StoredMessage& message,
                                                   const queue::DueRecipient& recipient) const;
    void settle(const queue::StoredMessage& message, std::vector<Decided> decided,
                const std::stop_token& stop);
    void settleHeld(SteadyTime since, const std::stop_token& stop);
    void mindTheClock();
    void tellAttempt(const Job& job, const queue::StoredMessage& message,
                     const Attempted& attempted);

    const DeliveryOptions options_;
    DeliveryPorts ports_;
    std::atomic<std::chrono::seconds> timeout_;
    std::atomic<std::chrono::seconds> warnAfter_;
    Current<const queue::RetryPolicy> retry_;
    Settlement settlement_;
    ReportHolder holder_;
    Histogram& attemptSeconds_;
    SteadyTime clockMinded_;  // the keeper's thread
    CourierPool pool_;
    Scheduler scheduler_;  // after the pool, which it grows
    QueueKeeper keeper_;   // after the scheduler, which it wakes
};

}  // namespace postrider::delivery
