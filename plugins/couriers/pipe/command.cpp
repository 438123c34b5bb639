#include "plugins/couriers/pipe/command.h"

#include <optional>
#include <utility>

namespace postrider::couriers {

namespace {

constexpr std::size_t mostArguments = 256;

/// Cuts a line at white space, minding quotes.
class Cutter {
public:
    explicit Cutter(std::string_view line) : line_(line) {}

    Result<std::vector<std::string>, std::string> cut() {
        for (; at_ < line_.size(); ++at_) {
            const char c = line_[at_];
            if (c == ' ' || c == '\t') {
                endArgument();
            } else if (c != '\'' && c != '"') {
                add(c);
            } else if (!takeQuoted(c)) {
                return Unexpected{std::string{"has a quote that is not closed"}};
            }
        }
        endArgument();
        return std::move(arguments_);
    }

private:
    void add(char c) {
        if (!current_) current_.emplace();
        current_->push_back(c);
    }
    void endArgument() {
        if (current_) arguments_.push_back(*std::exchange(current_, std::nullopt));
    }
    /// From the opening quote to the closing one; an empty pair is an empty argument.
    bool takeQuoted(char quote) {
        if (!current_) current_.emplace();
        while (++at_ < line_.size()) {
            if (line_[at_] == quote) return true;
            const bool escaped = quote == '"' && line_[at_] == '\\' && at_ + 1 < line_.size();
            if (escaped) ++at_;
            current_->push_back(line_[at_]);
        }
        return false;
    }

    std::string_view line_;
    std::size_t at_ = 0;
    std::optional<std::string> current_;
    std::vector<std::string> arguments_;
};

}  // namespace

Result<Command, std::string> Command::parse(std::string_view line) {
    if (line.find('\0') != std::string_view::npos) {
        return Unexpected{std::string{"has a NUL in it"}};
    }
    auto patterns = Cutter{line}.cut();
    if (!patterns) return Unexpected{patterns.error()};
    if (patterns->empty() || patterns->front().empty()) {
        return Unexpected{std::string{"names no program"}};
    }
    if (patterns->size() > mostArguments) return Unexpected{std::string{"has too many arguments"}};
    if (patterns->front().find('%') != std::string::npos) {
        return Unexpected{std::string{"must not take the program's name from an address"}};
    }
    for (const auto& pattern : *patterns) {
        if (auto problem = plugin::problemOf(pattern, "udf"); !problem.empty()) {
            return Unexpected{std::move(problem)};
        }
    }
    return Command{std::move(patterns).value()};
}

Result<std::vector<std::string>, char> Command::fill(const plugin::Placeholders& values) const {
    std::vector<std::string> arguments;
    for (const auto& pattern : patterns_) {
        std::string argument = plugin::expand(pattern, values).value_or(std::string{});
        if (argument.starts_with('-') && !pattern.starts_with('-')) {
            return Unexpected{pattern.size() > 1 ? pattern[1] : '%'};
        }
        arguments.push_back(std::move(argument));
    }
    return arguments;
}

}  // namespace postrider::couriers
