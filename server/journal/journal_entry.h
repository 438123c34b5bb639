#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::journal {

/// One decision as the view `decisions` tells it; absent texts are empty. All texts are printable.
struct JournalEntry {
    std::int64_t id = 0;
    std::string at;  ///< "2026-11-21T12:00:00.123Z"
    std::string step;
    std::string outcome;
    std::string sessionId;
    std::string queueId;
    std::string clientIp;
    std::string address;
    std::string reason;
    std::vector<std::pair<std::string, std::string>> inputs;

    /// The input of that name; empty when there is none.
    [[nodiscard]] std::string input(std::string_view name) const {
        for (const auto& [key, value] : inputs) {
            if (key == name) return value;
        }
        return {};
    }
};

}  // namespace postrider::journal
