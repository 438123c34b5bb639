#pragma once

#include "common/base/clock.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace postrider::directory {

/// How long an answer counts, from the question on. Who loses his account or a right keeps it for
/// as long at most: conf/postrider.properties tells operators so.
struct CacheLimits {
    std::chrono::seconds known{10};
    std::chrono::seconds unknown{3};  ///< short: who has just been made an account tries it
    std::size_t entries = 10'000;
};

/// Answers by name, each for some seconds. Thread-safe.
template <typename Answer>
class AnswerCache {
public:
    /// Not more than `entries` at once: what is dropped is only asked again.
    AnswerCache(const Clock& clock, std::size_t entries) : clock_(clock), most_(entries) {}

    /// Nothing when it is not remembered.
    std::optional<Answer> recall(const std::string& name) {
        const auto now = clock_.steady();
        const std::lock_guard lock{mutex_};
        const auto found = entries_.find(name);
        if (found == entries_.end()) return std::nullopt;
        if (found->second.until > now) return found->second.answer;
        entries_.erase(found);
        return std::nullopt;
    }

    /// For some time from when it was asked for, unless a question that was asked later has been
    /// answered already.
    void remember(const std::string& name, Answer answer, SteadyTime asked,
                  std::chrono::seconds time) {
        const auto now = clock_.steady();
        const std::lock_guard lock{mutex_};
        const auto known = entries_.find(name);
        if (known != entries_.end() && known->second.asked > asked) return;
        if (entries_.size() >= most_) {
            std::erase_if(entries_, [now](const auto& entry) { return entry.second.until <= now; });
        }
        // more names in these few seconds than any directory has
        if (entries_.size() >= most_) entries_.clear();
        entries_.insert_or_assign(name, Entry{std::move(answer), asked, asked + time});
    }

    void forget() {
        const std::lock_guard lock{mutex_};
        entries_.clear();
    }

private:
    struct Entry {
        Answer answer;
        SteadyTime asked;
        SteadyTime until;
    };
    const Clock& clock_;
    const std::size_t most_;
    std::mutex mutex_;
    std::map<std::string, Entry> entries_;  ///< guarded by mutex_
};

}  // namespace postrider::directory
