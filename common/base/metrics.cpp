#include "common/base/metrics.h"

#include "common/base/openmetrics.h"
#include "common/base/text.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

namespace postrider {

namespace {

constexpr std::size_t labelValueLimit = 200;

bool isName(std::string_view name) {
    if (name.empty() || text::isDigit(name.front()) || name.ends_with("_total")) return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return text::isAlnum(c) || c == '_'; });
}

/// The children of one family: label name and value -> instrument. Few label names, often looked
/// up.
template <class Instrument>
class Children {
public:
    Instrument& at(const MetricLabel& label) {
        if (const auto found = find(label); found != children_.end()) return found->second;
        if (children_.size() >= labelValueLimit && !label.name.empty()) {
            return children_[{label.name, "other"}];
        }
        return children_[{label.name, safeValue(label.value)}];
    }
    [[nodiscard]] const auto& all() const { return children_; }

private:
    using Key = std::pair<std::string, std::string>;

    auto find(const MetricLabel& label) {
        const auto view = std::pair<std::string_view, std::string_view>{label.name, label.value};
        return children_.find(view);
    }
    /// Label values go out as UTF-8 text.
    static std::string safeValue(const std::string& value) {
        return text::isUtf8(value) ? value : text::printable(value);
    }

    struct Less {
        using is_transparent = void;
        using View = std::pair<std::string_view, std::string_view>;
        template <class A, class B>
        bool operator()(const A& a, const B& b) const {
            return View{a.first, a.second} < View{b.first, b.second};
        }
    };
    std::map<Key, Instrument, Less> children_;
};

}  // namespace

Histogram::Histogram(std::vector<double> upperBounds)
    : bounds_(std::move(upperBounds)), buckets_(bounds_.size() + 1) {}

void Histogram::observe(double value) noexcept {
    if (std::isnan(value)) return;
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    buckets_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
    Snapshot snapshot;
    snapshot.upperBounds = bounds_;
    std::uint64_t sofar = 0;
    for (const auto& bucket : buckets_) {
        sofar += bucket.load(std::memory_order_relaxed);
        snapshot.cumulative.push_back(sofar);
    }
    snapshot.sum = sum_.load(std::memory_order_relaxed);
    return snapshot;
}

std::vector<double> Histogram::latencyBounds() {
    return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

struct Metrics::Family {
    std::string help;
    Kind kind = Kind::Counter;
    Children<Counter> counters;
    Children<Gauge> gauges;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> read;  ///< guarded by callbackMutex_
};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, const MetricLabel& label) {
    const std::lock_guard lock{mutex_};
    return family(name, help, Kind::Counter).counters.at(label);
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const MetricLabel& label) {
    const std::lock_guard lock{mutex_};
    return family(name, help, Kind::Gauge).gauges.at(label);
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help,
                              std::vector<double> upperBounds) {
    const std::lock_guard lock{mutex_};
    Family& mine = family(name, help, Kind::Histogram);
    if (!mine.histogram) mine.histogram = std::make_unique<Histogram>(std::move(upperBounds));
    return *mine.histogram;
}

void Metrics::gaugeFrom(std::string_view name, std::string_view help,
                        std::function<double()> read) {
    const std::lock_guard callbacks{callbackMutex_};
    const std::lock_guard lock{mutex_};
    family(name, help, Kind::CallbackGauge).read = std::move(read);
}

Metrics::Family& Metrics::family(std::string_view name, std::string_view help, Kind kind) {
    auto found = families_.find(name);
    if (found == families_.end()) {
        if (!isName(name)) throw std::logic_error("bad metric name: " + std::string{name});
        found = families_.emplace(name, std::make_unique<Family>()).first;
        found->second->help = help;
        found->second->kind = kind;
    }
    if (found->second->kind != kind) {
        throw std::logic_error("metric used as two kinds: " + std::string{name});
    }
    return *found->second;
}

std::map<const Metrics::Family*, double> Metrics::readCallbacks() const {
    const std::lock_guard callbacks{callbackMutex_};
    std::vector<const Family*> toAsk;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [name, family] : families_) {
            if (family->read) toAsk.push_back(family.get());
        }
    }
    std::map<const Family*, double> values;
    for (const Family* family : toAsk) {
        try {
            values.emplace(family, family->read());
        } catch (const std::exception&) {
            // one gauge that cannot be read must not cost the operator all the others
            continue;
        }
    }
    return values;
}

std::string Metrics::openMetrics() const {
    const auto callbackValues = readCallbacks();
    OpenMetricsWriter out;
    const std::lock_guard lock{mutex_};
    for (const auto& [name, family] : families_) {
        switch (family->kind) {
            case Kind::Counter:
                out.family(name, "counter", family->help);
                for (const auto& [key, counter] : family->counters.all()) {
                    out.counter(name, {key.first, key.second}, counter.value());
                }
                break;
            case Kind::Gauge:
                out.family(name, "gauge", family->help);
                for (const auto& [key, gauge] : family->gauges.all()) {
                    out.gauge(name, {key.first, key.second}, gauge.value());
                }
                break;
            case Kind::Histogram:
                out.family(name, "histogram", family->help);
                if (family->histogram) out.histogram(name, family->histogram->snapshot());
                break;
            case Kind::CallbackGauge:
                if (const auto value = callbackValues.find(family.get());
                    value != callbackValues.end()) {
                    out.family(name, "gauge", family->help);
                    out.gauge(name, value->second);
                }
                break;
        }
    }
    return std::move(out).finish();
}

}  // namespace postrider
