#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace postrider::delivery {

/// Limits and times of delivery, with the defaults of the configuration.
struct DeliveryOptions {
    std::string hostname;                ///< ours, for the reports we write
    std::size_t threads = 50;            ///< courier.threads: attempts at once, all together
    std::size_t perDestination = 20;     ///< courier.per_destination: attempts at once to one
    std::size_t maxRecipients = 100;     ///< courier.max_recipients: of one attempt
    std::chrono::seconds timeout{1200};  ///< courier.timeout: of one attempt
    std::vector<std::chrono::seconds> retry{
        std::chrono::minutes{1},  std::chrono::minutes{5}, std::chrono::minutes{15},
        std::chrono::minutes{30}, std::chrono::hours{1},   std::chrono::hours{2},
        std::chrono::hours{4}};  ///< queue.retry; the last repeats; never empty
    std::chrono::seconds giveUpAfter{5 * 24 * 3600};  ///< queue.give_up_after, for our reports
    std::chrono::seconds warnAfter{4 * 3600};  ///< queue.warn_after; 0: nobody is told of a delay

    std::size_t ready = 2000;                ///< recipients kept in memory, waiting for a thread
    std::chrono::seconds gatherReports{30};  ///< how long a failure waits for others of its message
    std::chrono::milliseconds actionsEvery{500};  ///< how often operators' wishes are looked for
    std::chrono::seconds purgeEvery{3600};        ///< how often old history is deleted
};

}  // namespace postrider::delivery
