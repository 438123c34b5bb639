#include "common/base/openmetrics.h"

#include <array>
#include <charconv>
#include <cmath>

namespace postrider {

namespace {

void appendEscaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
}

/// The shortest text that reads back as the same number, with a point, as `le` labels want it.
std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 64> buffer{};
    // no exponent where people read and other programs compare: buckets, seconds, octets
    const bool everyday = value == 0 || (std::abs(value) >= 1e-6 && std::abs(value) < 1e15);
    const auto form = everyday ? std::chars_format::fixed : std::chars_format::general;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form).ptr;
    std::string text{buffer.data(), end};
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

}  // namespace

void OpenMetricsWriter::family(std::string_view name, std::string_view type,
                               std::string_view help) {
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n# HELP ");
    text_.append(name).append(" ");
    appendEscaped(text_, help);
    text_ += '\n';
}

void OpenMetricsWriter::counter(std::string_view name, const MetricLabel& label,
                                std::uint64_t value) {
    sample(name, "_total", label, std::to_string(value));
}

void OpenMetricsWriter::gauge(std::string_view name, const MetricLabel& label, std::int64_t value) {
    sample(name, "", label, std::to_string(value));
}

void OpenMetricsWriter::gauge(std::string_view name, double value) {
    sample(name, "", {}, number(value));
}

void OpenMetricsWriter::histogram(std::string_view name, const Histogram::Snapshot& snapshot) {
    for (std::size_t i = 0; i < snapshot.upperBounds.size(); ++i) {
        sample(name, "_bucket", {"le", number(snapshot.upperBounds[i])},
               std::to_string(snapshot.cumulative[i]));
    }
    const std::string count = std::to_string(snapshot.cumulative.back());
    sample(name, "_bucket", {"le", "+Inf"}, count);
    sample(name, "_sum", {}, number(snapshot.sum));
    sample(name, "_count", {}, count);
}

std::string OpenMetricsWriter::finish() && {
    text_ += "# EOF\n";
    return std::move(text_);
}

void OpenMetricsWriter::sample(std::string_view name, std::string_view suffix,
                               const MetricLabel& label, std::string_view value) {
    text_.append(name).append(suffix);
    if (!label.name.empty()) {
        text_.append("{").append(label.name).append("=\"");
        appendEscaped(text_, label.value);
        text_ += "\"}";
    }
    text_.append(" ").append(value).append("\n");
}

}  // namespace postrider
