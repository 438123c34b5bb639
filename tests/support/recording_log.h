#pragma once

#include "common/base/log.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::test {

/// Keeps every line for the test to look at. Thread-safe.
class RecordingLog final : public Log {
public:
    struct Line {
        Severity severity;
        std::string text;  ///< as formatLogLine() makes it
    };

    void write(Severity severity, std::string_view event,
               std::initializer_list<LogField> fields) override {
        Line line{severity, formatLogLine(event, fields)};
        const std::lock_guard lock{mutex_};
        lines_.push_back(std::move(line));
    }

    [[nodiscard]] std::vector<Line> lines() const {
        const std::lock_guard lock{mutex_};
        return lines_;
    }
    /// Lines in which `part` occurs.
    [[nodiscard]] std::size_t count(std::string_view part) const {
        const std::lock_guard lock{mutex_};
        return static_cast<std::size_t>(std::count_if(
            lines_.begin(), lines_.end(),
            [part](const Line& line) { return line.text.find(part) != std::string::npos; }));
    }
    [[nodiscard]] bool contains(std::string_view part) const { return count(part) > 0; }
    void clear() {
        const std::lock_guard lock{mutex_};
        lines_.clear();
    }

private:
    mutable std::mutex mutex_;
    std::vector<Line> lines_;
};

}  // namespace postrider::test
