#pragma once

#include "common/base/clock.h"
#include "common/net/smtp_client.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace postrider::couriers {

/// Connections between two deliveries: kept for a few seconds, so that under load a message costs
/// no connect, LHLO and QUIT. At most `most`, each at most `longest`; then they are ended politely.
/// Locks inside; one thread of its own.
class IdleConnections {
public:
    static constexpr std::size_t most = 20;
    static constexpr std::chrono::seconds longest{3};

    IdleConnections();
    IdleConnections(const IdleConnections&) = delete;
    IdleConnections& operator=(const IdleConnections&) = delete;
    ~IdleConnections();

    /// The one that was used last, or null. The server may have closed it meanwhile.
    [[nodiscard]] std::shared_ptr<net::SmtpClient> take();
    /// Keeps a connection whose transaction has ended well.
    void keep(std::shared_ptr<net::SmtpClient> client);

private:
    struct Idle {
        std::shared_ptr<net::SmtpClient> client;  ///< owners: this, and the delivery that uses it
        SteadyTime until;
    };
    void run(const std::stop_token& stop);
    void endOld(std::unique_lock<std::mutex>& lock);

    std::mutex mutex_;
    std::condition_variable_any first_;
    bool resting_ = false;   ///< guarded by mutex_; the thread waits for the first connection
    std::deque<Idle> idle_;  ///< guarded by mutex_; the oldest first
    std::jthread thread_;    // last: starts when all else is there
};

}  // namespace postrider::couriers
