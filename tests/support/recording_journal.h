#pragma once

#include "server/journal/journal.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::test {

/// Keeps every decision for the test to look at. Thread-safe.
class RecordingJournal final : public journal::Journal {
public:
    /// So many of the next decisions find no memory; set before it is shared.
    std::size_t failures = 0;

    void record(journal::Decision decision) override {
        const std::lock_guard lock{mutex_};
        if (failures > 0) {
            --failures;
            throw std::bad_alloc();
        }
        decisions_.push_back(std::move(decision));
    }

    [[nodiscard]] std::vector<journal::Decision> decisions() const {
        const std::lock_guard lock{mutex_};
        return decisions_;
    }
    [[nodiscard]] std::size_t count(journal::Step step, std::string_view outcome) const {
        const std::lock_guard lock{mutex_};
        return static_cast<std::size_t>(
            std::count_if(decisions_.begin(), decisions_.end(), [&](const auto& decision) {
                return decision.step == step && decision.outcome == outcome;
            }));
    }

private:
    mutable std::mutex mutex_;
    std::vector<journal::Decision> decisions_;
};

}  // namespace postrider::test
