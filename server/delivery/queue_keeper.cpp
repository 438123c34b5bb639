#include "server/delivery/queue_keeper.h"

#include "common/base/clock.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

namespace postrider::delivery {

QueueKeeper::QueueKeeper(const DeliveryOptions& options, queue::QueueStore& store,
                         journal::MailLog& mailLog, Log& log, Callbacks callbacks)
    : store_(store),
      mailLog_(mailLog),
      log_(log),
      callbacks_(std::move(callbacks)),
      every_(options.actionsEvery),
      purgeEvery_(options.purgeEvery),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void QueueKeeper::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

void QueueKeeper::run(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    SteadyTime purged = steadyNow();
    while (!stop.stop_requested()) {
        try {
            carryOutActions();
            callbacks_.tick(stop);
            if (steadyNow() - purged >= purgeEvery_) {
                purged = steadyNow();
                store_.purgeHistory();
            }
        } catch (const std::exception& e) {
            // nothing of it is urgent: the next round tries again
            log_.error("queue-keeping-failed", {{"reason", e.what()}});
        }
        never.wait_for(lock, stop, every_, [] { return false; });
    }
}

void QueueKeeper::carryOutActions() {
    const auto done = store_.carryOutActions();
    for (const queue::ActionDone& action : done)
        mailLog_.action(action.verb, action.target, action.by, action.result);
    if (!done.empty()) callbacks_.changed();
}

}  // namespace postrider::delivery
