#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider {

/// Only goes up. Lock-free.
class Counter {
public:
    void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// A level. Lock-free.
class Gauge {
public:
    void set(std::int64_t v) noexcept { value_.store(v, std::memory_order_relaxed); }
    void add(std::int64_t n) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::int64_t> value_{0};
};

/// Observations in seconds (or another unit named in the metric), in fixed buckets. Lock-free.
class Histogram {
public:
    explicit Histogram(std::vector<double> upperBounds);
    void observe(double value) noexcept;

    struct Snapshot {
        std::vector<double> upperBounds;        ///< without +Inf
        std::vector<std::uint64_t> cumulative;  ///< one more than upperBounds; the last is +Inf
        double sum = 0;
    };
    [[nodiscard]] Snapshot snapshot() const;

    /// 0.5 ms to 60 s: dialogue and delivery latencies.
    static std::vector<double> latencyBounds();

private:
    std::vector<double> bounds_;
    std::vector<std::atomic<std::uint64_t>> buckets_;
    std::atomic<double> sum_{0};
};

/// At most one label, so that cardinality stays bounded by what the code names.
struct MetricLabel {
    std::string name;
    std::string value;
};

/// Every metric of the process, by name; made on first use, never removed. Thread-safe. References
/// stay valid as long as the registry: a hot path keeps them. Each name may have at most 200 label
/// values; further ones are counted under "other". A name used again with another kind, a name that
/// is not [a-zA-Z_][a-zA-Z0-9_]* and one that ends in `_total` are bugs (std::logic_error).
class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// `name` without the `_total` that the text form adds to counters.
    Counter& counter(std::string_view name, std::string_view help, const MetricLabel& label = {});
    Gauge& gauge(std::string_view name, std::string_view help, const MetricLabel& label = {});
    Histogram& histogram(std::string_view name, std::string_view help,
                         std::vector<double> upperBounds = Histogram::latencyBounds());
    /// A gauge whose value is asked for at each scrape; it is left out of a scrape in which it
    /// throws. The function must stay callable for ever or be removed by the same name with an
    /// empty function: after that call it is not running any more. It may use this registry, but
    /// not gaugeFrom().
    void gaugeFrom(std::string_view name, std::string_view help, std::function<double()> read);

    /// OpenMetrics 1.0 text, families sorted by name, ending in `# EOF`.
    [[nodiscard]] std::string openMetrics() const;

private:
    enum class Kind { Counter, Gauge, Histogram, CallbackGauge };
    struct Family;

    /// The family of that name, made when it is new. Call with mutex_ held.
    Family& family(std::string_view name, std::string_view help, Kind kind);
    /// What the functions of gaugeFrom() say now.
    [[nodiscard]] std::map<const Family*, double> readCallbacks() const;

    /// Held while functions of gaugeFrom() run or change; taken before mutex_.
    mutable std::mutex callbackMutex_;
    mutable std::mutex mutex_;
    std::map<std::string, std::unique_ptr<Family>, std::less<>> families_;
};

}  // namespace postrider
