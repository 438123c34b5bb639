#pragma once

#include "common/base/log.h"
#include "server/delivery/delivery_options.h"
#include "server/journal/mail_log.h"
#include "server/queue/queue_store.h"

#include <functional>
#include <stop_token>
#include <thread>

namespace postrider::delivery {

/// The thread for what comes round by the clock: carries out operators' wishes from the `action`
/// table, deletes old history, calls `tick`. Starts at once, ends with the object.
class QueueKeeper {
public:
    struct Callbacks {
        std::function<void()> changed;                     ///< wishes were carried out
        std::function<void(const std::stop_token&)> tick;  ///< each round
    };

    QueueKeeper(const DeliveryOptions& options, queue::QueueStore& store, journal::MailLog& mailLog,
                Log& log, Callbacks callbacks);
    QueueKeeper(const QueueKeeper&) = delete;
    QueueKeeper& operator=(const QueueKeeper&) = delete;
    ~QueueKeeper() { stop(); }

    /// Waits for the round that is going on.
    void stop();

private:
    void run(const std::stop_token& stop);
    void carryOutActions();

    queue::QueueStore& store_;
    journal::MailLog& mailLog_;
    Log& log_;
    Callbacks callbacks_;
    const std::chrono::milliseconds every_;
    const std::chrono::seconds purgeEvery_;
    std::jthread thread_;  // last: starts when all else is there
};

}  // namespace postrider::delivery
