#pragma once

#include "server/queue/queue_store.h"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace postrider::test {

/// The queue in memory, with the same promises but durability. Fails when told. Thread-safe.
class MemoryQueue final : public queue::QueueStore {
public:
    struct Row {
        queue::DueRecipient recipient;
        queue::RecipientState state = queue::RecipientState::Pending;
        WallTime nextAttempt;
        mail::EnhancedStatus status;
        std::string diagnostic;
    };

    Result<Done, queue::StoreError> put(const queue::NewMessage& message,
                                        const queue::NewMessage* report = nullptr) override {
        const std::lock_guard lock{mutex_};
        if (refusePut) return Unexpected{*refusePut};
        insert(message);
        if (report != nullptr) insert(*report);
        return Done{};
    }

    std::vector<queue::DueRecipient> due(const queue::DueQuery& query) override {
        std::vector<queue::DueRecipient> snapshot;
        {
            const std::lock_guard lock{mutex_};
            ++dueCalls;
            for (const auto& [id, row] : rows_) {
                const bool isDue =
                    row.state == queue::RecipientState::Pending && row.nextAttempt <= query.now;
                if (isDue) snapshot.push_back(row.recipient);
            }
        }
        std::vector<queue::DueRecipient> found;
        for (queue::DueRecipient& row : snapshot) {
            if (found.size() == query.limit) break;
            if (query.skip({row.rowId, row.courier, row.nextHop})) continue;
            found.push_back(std::move(row));
        }
        if (beforeDueReturns) beforeDueReturns();
        return found;
    }

    std::optional<WallTime> nextDue() override { return std::nullopt; }

    std::optional<queue::StoredMessage> load(const mail::QueueId& id) override {
        const std::lock_guard lock{mutex_};
        if (failLoads) throw std::runtime_error("the disk is gone");
        const auto found = messages_.find(id);
        if (found == messages_.end()) return std::nullopt;
        return found->second;
    }

    Result<Done, queue::StoreError> settle(const queue::Settlement& settlement) override {
        const std::lock_guard lock{mutex_};
        if (refuseSettles > 0) {
            --refuseSettles;
            return Unexpected{queue::StoreError{queue::StoreError::Kind::Busy, "busy"}};
        }
        settlements_.push_back(settlement);
        for (const queue::RecipientOutcome& outcome : settlement.outcomes) {
            Row& row = rows_.at(outcome.rowId);
            ++row.recipient.attempts;
            row.state = outcome.state;
            row.nextAttempt = outcome.nextAttempt;
            row.status = outcome.status;
            row.diagnostic = outcome.diagnostic;
            row.recipient.warned = row.recipient.warned || outcome.warned;
        }
        if (settlement.dsn) insert(*settlement.dsn);
        changed_.notify_all();
        return Done{};
    }

    std::vector<queue::ActionDone> carryOutActions() override {
        const std::lock_guard lock{mutex_};
        return std::exchange(actions_, {});
    }
    std::int64_t bringForward(WallTime latest) override {
        const std::lock_guard lock{mutex_};
        std::int64_t count = 0;
        for (auto& [id, row] : rows_) {
            if (row.state != queue::RecipientState::Pending || row.nextAttempt <= latest) continue;
            row.nextAttempt = {};
            ++count;
        }
        return count;
    }
    void purgeHistory() override {}
    queue::QueueTotals totals() override { return {}; }

    /// Waits (really, at most 20 s) until that many settlements were written.
    bool waitForSettlements(std::size_t count) {
        return waitUntil([&] { return settlements_.size() >= count; });
    }
    /// Waits until no recipient is pending that is due at `now`.
    bool waitUntilNothingIsDue(WallTime now) {
        return waitUntil([&] {
            return std::none_of(rows_.begin(), rows_.end(), [&](const auto& entry) {
                return entry.second.state == queue::RecipientState::Pending &&
                       entry.second.nextAttempt <= now;
            });
        });
    }
    [[nodiscard]] std::vector<queue::Settlement> settlements() const {
        const std::lock_guard lock{mutex_};
        return settlements_;
    }
    [[nodiscard]] std::vector<queue::NewMessage> messages() const {
        const std::lock_guard lock{mutex_};
        return put_;
    }
    [[nodiscard]] std::vector<Row> rows() const {
        const std::lock_guard lock{mutex_};
        std::vector<Row> all;
        for (const auto& [id, row] : rows_)
            all.push_back(row);
        return all;
    }
    [[nodiscard]] std::size_t count(queue::RecipientState state) const {
        const auto all = rows();
        return static_cast<std::size_t>(std::count_if(
            all.begin(), all.end(), [&](const Row& row) { return row.state == state; }));
    }
    /// An operator's hand.
    void setActions(std::vector<queue::ActionDone> wishes) {
        const std::lock_guard lock{mutex_};
        actions_ = std::move(wishes);
    }
    void makeDue(WallTime now) {
        const std::lock_guard lock{mutex_};
        for (auto& [id, row] : rows_)
            row.nextAttempt = now;
    }

    // Faults; set before the queue is shared, or where a test knows that nobody looks.
    std::optional<queue::StoreError> refusePut;
    std::size_t refuseSettles = 0;
    bool failLoads = false;
    std::function<void()> beforeDueReturns;
    std::size_t dueCalls = 0;

private:
    template <class Condition>
    bool waitUntil(Condition condition) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{20}, condition);
    }

    void insert(const queue::NewMessage& message) {
        messages_.insert_or_assign(
            message.id, queue::StoredMessage{message.id, message.reversePath, message.parameters,
                                             message.receivedAt, message.expiresAt, message.content,
                                             message.authUser, message.releaseAt});
        for (const queue::NewRecipient& recipient : message.recipients) {
            const std::int64_t id = ++lastRow_;
            rows_.emplace(id, Row{{id, message.id, recipient.courier, recipient.nextHop,
                                   recipient.original, recipient.final, recipient.parameters, 0},
                                  queue::RecipientState::Pending,
                                  message.releaseAt.value_or(message.receivedAt),
                                  {},
                                  {}});
        }
        put_.push_back(message);
    }

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::int64_t lastRow_ = 0;
    std::map<std::int64_t, Row> rows_;
    std::map<mail::QueueId, queue::StoredMessage> messages_;
    std::vector<queue::NewMessage> put_;
    std::vector<queue::Settlement> settlements_;
    std::vector<queue::ActionDone> actions_;
};

}  // namespace postrider::test
