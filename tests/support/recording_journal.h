#pragma once

#include "server/journal/journal.h"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace postrider::test {

/// Keeps every decision for the test to look at. Thread-safe.
class RecordingJournal final : public journal::Journal {
public:
    void record(journal::Decision decision) override {
        const std::lock_guard lock{mutex_};
        decisions_.push_back(std::move(decision));
    }
    [[nodiscard]] std::vector<journal::Decision> decisions() const {
        const std::lock_guard lock{mutex_};
        return decisions_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<journal::Decision> decisions_;
};

}  // namespace postrider::test
