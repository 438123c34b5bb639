#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace postrider::app {

/// The configuration, or what it names, cannot be used: exit 78. One sentence for each problem.
class ConfigurationRefused : public std::exception {
public:
    explicit ConfigurationRefused(std::vector<std::string> sentences)
        : sentences_(std::move(sentences)) {}
    explicit ConfigurationRefused(std::string sentence) {
        sentences_.push_back(std::move(sentence));
    }

    [[nodiscard]] const std::vector<std::string>& sentences() const noexcept { return sentences_; }
    [[nodiscard]] const char* what() const noexcept override {
        return "the configuration is refused";
    }

private:
    std::vector<std::string> sentences_;
};

}  // namespace postrider::app
