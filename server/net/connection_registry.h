#pragma once

#include "common/base/clock.h"
#include "common/base/deadline.h"
#include "common/mail/session_facts.h"
#include "common/net/line_channel.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>
#include <string_view>
#include <vector>

namespace postrider::net {

/// Who is connected now; how a stop reaches the sessions. Locks inside; outlives its entries.
class ConnectionRegistry {
public:
    enum class Doing { Command, WaitingForCommand, ReceivingContent, Handshake };
    [[nodiscard]] static std::string_view toString(Doing doing);

    /// A session as the page /sessions shows it.
    struct Row {
        mail::SessionFacts facts;
        WallTime since;
        Doing doing = Doing::Command;
        unsigned messages = 0;
    };

    /// A session's presence in the registry, for as long as this object lives. The session's
    /// thread.
    class Entry {
    public:
        /// `channel` is lent and outlives the entry.
        Entry(ConnectionRegistry& registry, LineChannel& channel, const mail::SessionFacts& facts,
              WallTime since);
        ~Entry();
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        /// To be said before every wait: a stop wakes those who wait for a command or for a
        /// handshake, and nobody else.
        void nowDoing(Doing doing) noexcept { doing_.store(doing); }
        /// Whether the session should end at the next command boundary. Ask after nowDoing().
        [[nodiscard]] bool mustEnd() const noexcept { return registry_.ending_.load(); }
        void learned(const mail::SessionFacts& facts);
        void tookMessage() noexcept { messages_.fetch_add(1, std::memory_order_relaxed); }

    private:
        friend class ConnectionRegistry;
        ConnectionRegistry& registry_;
        LineChannel& channel_;
        mail::SessionFacts facts_;  ///< guarded by the registry's mutex
        const WallTime since_;
        std::atomic<Doing> doing_{Doing::Command};
        std::atomic<unsigned> messages_{0};
        std::list<Entry*>::iterator place_;
    };

    ConnectionRegistry() = default;
    ConnectionRegistry(const ConnectionRegistry&) = delete;
    ConnectionRegistry& operator=(const ConnectionRegistry&) = delete;
    ~ConnectionRegistry() = default;

    /// Oldest first, at most `limit`.
    [[nodiscard]] std::vector<Row> list(std::size_t limit) const;
    [[nodiscard]] std::size_t size() const;

    /// From now on every session ends at its next command boundary; who waits for a command or a
    /// handshake is woken.
    void askAllToEnd();
    /// Cuts every connection.
    void abortAll();
    /// Whether all were gone before the deadline.
    bool waitUntilEmpty(Deadline deadline) const;

private:
    std::atomic<bool> ending_{false};
    mutable std::mutex mutex_;
    mutable std::condition_variable left_;
    std::list<Entry*> entries_;  ///< in order of arrival
};

}  // namespace postrider::net
