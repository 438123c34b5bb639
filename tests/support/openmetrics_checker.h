#pragma once

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::test {

/// Reads OpenMetrics 1.0 text strictly and says what is wrong with it: line grammar, metadata
/// before samples, one block per family, suffixes that fit the type, values, duplicate samples,
/// histogram buckets, the closing `# EOF`. Knows counter, gauge and histogram; timestamps and
/// exemplars are refused.
class OpenMetricsChecker {
public:
    /// Every complaint, as "line N: what"; empty for a correct text.
    static std::vector<std::string> complaintsAbout(std::string_view text) {
        OpenMetricsChecker checker;
        checker.read(text);
        return checker.complaints_;
    }

private:
    struct Histogram {
        double lastBound = -INFINITY;
        double lastCount = 0;
        std::optional<double> infinite;
        std::optional<double> count;
    };

    void read(std::string_view text) {
        if (!text.ends_with("\n")) complain("the last line has no line feed");
        bool ended = false;
        while (!text.empty()) {
            ++line_;
            const std::size_t feed = std::min(text.find('\n'), text.size());
            const std::string_view line = text.substr(0, feed);
            text.remove_prefix(std::min(feed + 1, text.size()));
            if (ended) complain("a line after # EOF");
            if (line == "# EOF") {
                ended = true;
            } else if (line.starts_with("#")) {
                metadata(line);
            } else {
                sample(line);
            }
        }
        endFamily();
        if (!ended) complain("no # EOF");
    }

    void metadata(std::string_view line) {
        const auto words = take(line, 4);
        if (words.size() < 4 || words[0] != "#") return complain("metadata without all its parts");
        const std::string name{words[2]};
        if (!isName(name)) complain("bad family name " + name);
        if (name != family_) {
            endFamily();
            if (!seen_.insert(name).second) complain("family " + name + " comes twice");
            family_ = name;
        } else if (samples_ > 0) {
            complain("metadata after samples");
        }
        if (words[1] == "TYPE") {
            if (!type_.empty()) complain("TYPE twice");
            type_ = words[3];
            if (type_ != "counter" && type_ != "gauge" && type_ != "histogram")
                complain("unknown type " + type_);
        } else if (words[1] == "HELP") {
            if (!isEscaped(words[3])) complain("HELP with a stray backslash or quote");
        } else {
            complain("unknown metadata " + std::string{words[1]});
        }
    }

    void sample(std::string_view line) {
        const std::size_t nameEnd = line.find_first_of("{ ");
        if (nameEnd == std::string_view::npos) return complain("a sample without a value");
        const std::string name{line.substr(0, nameEnd)};
        std::string_view rest = line.substr(nameEnd);
        std::map<std::string, std::string> labels;
        if (rest.starts_with("{") && !readLabels(rest, labels)) return complain("bad labels");
        if (!rest.starts_with(" ")) return complain("no space before the value");
        const auto value = number(rest.substr(1));
        if (!value) return complain("bad value: " + std::string{rest.substr(1)});

        if (family_.empty() || !name.starts_with(family_))
            return complain("sample " + name + " outside its family");
        if (!keys_.insert(std::string{line.substr(0, line.size() - rest.size())}).second)
            complain("the same sample twice");
        ++samples_;
        typed(name.substr(family_.size()), labels, *value);
    }

    void typed(const std::string& suffix, const std::map<std::string, std::string>& labels,
               double value) {
        if (type_ == "counter") {
            if (suffix != "_total") complain("a counter's sample must end in _total");
            if (!(value >= 0)) complain("a counter below zero");
        } else if (type_ == "gauge") {
            if (!suffix.empty()) complain("a gauge with a suffix");
        } else if (type_ == "histogram") {
            histogram(suffix, labels, value);
        } else {
            complain("a sample without TYPE");
        }
    }

    void histogram(const std::string& suffix, const std::map<std::string, std::string>& labels,
                   double value) {
        if (suffix == "_count") {
            histogram_.count = value;
        } else if (suffix == "_bucket") {
            const auto le = labels.find("le");
            const auto bound = le == labels.end() ? std::nullopt : number(le->second);
            if (!bound) return complain("a bucket without le");
            if (le->second.find_first_of(".I") == std::string::npos) complain("le is no float");
            if (*bound <= histogram_.lastBound) complain("buckets out of order");
            if (value < histogram_.lastCount) complain("buckets are not cumulative");
            histogram_.lastBound = *bound;
            histogram_.lastCount = value;
            if (std::isinf(*bound)) histogram_.infinite = value;
        } else if (suffix != "_sum") {
            complain("a histogram with suffix " + suffix);
        }
    }

    void endFamily() {
        if (!family_.empty() && type_.empty()) complain("family " + family_ + " has no TYPE");
        if (type_ == "histogram" && samples_ > 0) {
            if (!histogram_.infinite) complain("no bucket le=\"+Inf\"");
            if (histogram_.infinite != histogram_.count) complain("_count is not the +Inf bucket");
        }
        family_.clear();
        type_.clear();
        samples_ = 0;
        histogram_ = {};
    }

    bool readLabels(std::string_view& rest, std::map<std::string, std::string>& labels) {
        rest.remove_prefix(1);
        while (true) {
            const std::size_t equals = rest.find("=\"");
            if (equals == std::string_view::npos) return false;
            const std::string name{rest.substr(0, equals)};
            rest.remove_prefix(equals + 2);
            std::string value;
            while (!rest.empty() && rest.front() != '"') {
                if (rest.front() == '\\') rest.remove_prefix(1);
                if (rest.empty()) return false;
                value += rest.front();
                rest.remove_prefix(1);
            }
            if (rest.empty() || !isName(name) || name.find(':') != std::string::npos) return false;
            if (!labels.emplace(name, value).second) return false;
            rest.remove_prefix(1);
            if (rest.starts_with("}")) {
                rest.remove_prefix(1);
                return true;
            }
            if (!rest.starts_with(",")) return false;
            rest.remove_prefix(1);
        }
    }

    static bool isName(std::string_view name) {
        const std::string_view letters =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:0123456789";
        return !name.empty() && name.find_first_not_of(letters) == std::string_view::npos &&
               (name.front() < '0' || name.front() > '9');
    }

    /// Backslashes only in `\\`, `\n` and `\"`.
    static bool isEscaped(std::string_view text) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\\') continue;
            if (++i == text.size() || std::string_view{"\\n\""}.find(text[i]) == std::string::npos)
                return false;
        }
        return true;
    }

    static std::optional<double> number(std::string_view text) {
        if (text == "+Inf") return INFINITY;
        if (text == "-Inf") return -INFINITY;
        if (text == "NaN") return NAN;
        double value = 0;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, value);
        if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(value)) return std::nullopt;
        return value;
    }

    /// The first count-1 words and what is left.
    static std::vector<std::string_view> take(std::string_view line, std::size_t count) {
        std::vector<std::string_view> words;
        while (words.size() + 1 < count) {
            const std::size_t space = line.find(' ');
            if (space == std::string_view::npos) break;
            words.push_back(line.substr(0, space));
            line.remove_prefix(space + 1);
        }
        words.push_back(line);
        return words;
    }

    void complain(const std::string& what) {
        complaints_.push_back("line " + std::to_string(line_) + ": " + what);
    }

    std::vector<std::string> complaints_;
    int line_ = 0;
    std::string family_;
    std::string type_;
    int samples_ = 0;
    Histogram histogram_;
    std::set<std::string> seen_;
    std::set<std::string> keys_;
};

}  // namespace postrider::test
