#pragma once

#include "server/delivery/delivery_port.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace postrider::test {

/// Couriers that deliver to nowhere, answer as a test says, and remember what they were asked.
/// Thread-safe.
class RecordingCouriers final : public delivery::Couriers {
public:
    struct Call {
        std::string courier;
        std::string nextHop;
        mail::QueueId id;
        std::vector<std::string> recipients;
        unsigned attempt;
    };
    using Answer = std::function<plugin::DeliveryOutcome(const plugin::DeliveryRecipient&)>;

    static plugin::DeliveryOutcome delivered() {
        return {plugin::Disposition::Delivered, {2, 0, 0}, "250 2.0.0 taken", "mx.remote.test", {}};
    }
    static plugin::DeliveryOutcome refused(std::string text = "550 5.1.1 No such user") {
        return {plugin::Disposition::Permanent, {5, 1, 1}, std::move(text), "mx.remote.test", {}};
    }
    static plugin::DeliveryOutcome busy() {
        return {
            plugin::Disposition::Transient, {4, 2, 1}, "450 4.2.1 Try later", "mx.remote.test", {}};
    }
    static plugin::DeliveryOutcome nobodyThere() {
        return {plugin::Disposition::Transient, {4, 4, 1}, "Connection refused", "", {}};
    }

    /// For a next hop; everything else is delivered.
    void answer(const std::string& nextHop, Answer answer) {
        const std::lock_guard lock{mutex_};
        answers_[nextHop] = std::move(answer);
    }
    /// Deliveries to this next hop wait until open().
    void close(const std::string& nextHop) {
        const std::lock_guard lock{mutex_};
        closed_[nextHop] = true;
    }
    void open(const std::string& nextHop) {
        const std::lock_guard lock{mutex_};
        closed_[nextHop] = false;
        changed_.notify_all();
    }

    std::vector<plugin::DeliveryOutcome> deliver(const std::string& instance,
                                                 const plugin::DeliveryRequest& request) override {
        std::unique_lock lock{mutex_};
        Call call{instance, request.nextHop, request.id, {}, request.attempt};
        for (const auto& recipient : request.recipients)
            call.recipients.push_back(recipient.final.toString());
        calls_.push_back(std::move(call));
        auto& inFlight = inFlight_[request.nextHop];
        ++inFlight;
        most_[request.nextHop] = std::max(most_[request.nextHop], inFlight);
        changed_.notify_all();
        changed_.wait(lock, [&] { return !closed_[request.nextHop]; });
        --inFlight;
        const Answer answer = answers_[request.nextHop];
        lock.unlock();

        std::vector<plugin::DeliveryOutcome> outcomes;
        for (const auto& recipient : request.recipients)
            outcomes.push_back(answer ? answer(recipient) : delivered());
        return outcomes;
    }

    [[nodiscard]] std::vector<Call> calls() const {
        const std::lock_guard lock{mutex_};
        return calls_;
    }
    [[nodiscard]] std::size_t mostAtOnce(const std::string& nextHop) const {
        const std::lock_guard lock{mutex_};
        const auto found = most_.find(nextHop);
        return found == most_.end() ? 0 : found->second;
    }
    /// Waits (really, at most 20 s) for that many calls.
    bool waitForCalls(std::size_t count) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{20},
                                 [&] { return calls_.size() >= count; });
    }

private:
    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::map<std::string, Answer> answers_;
    std::map<std::string, bool> closed_;
    std::map<std::string, std::size_t> inFlight_;
    std::map<std::string, std::size_t> most_;
    std::vector<Call> calls_;
};

}  // namespace postrider::test
