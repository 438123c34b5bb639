#pragma once

#include "common/base/metrics.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace postrider {

/// Composes the OpenMetrics 1.0 text form, family by family. One thread.
class OpenMetricsWriter {
public:
    /// `type` is "counter", "gauge" or "histogram". The samples of the family follow.
    void family(std::string_view name, std::string_view type, std::string_view help);
    void counter(std::string_view name, const MetricLabel& label, std::uint64_t value);
    void gauge(std::string_view name, const MetricLabel& label, std::int64_t value);
    void gauge(std::string_view name, double value);
    void histogram(std::string_view name, const Histogram::Snapshot& snapshot);

    /// The whole text, closed by `# EOF`.
    [[nodiscard]] std::string finish() &&;

private:
    void sample(std::string_view name, std::string_view suffix, const MetricLabel& label,
                std::string_view value);
    std::string text_;
};

}  // namespace postrider
