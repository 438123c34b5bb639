#pragma once

#include "server/app/command_line.h"
#include "server/config/config.h"
#include "server/config/problems.h"

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

/// Reads postrider.properties and the overrides. Throws ConfigurationRefused.
[[nodiscard]] config::Config loadConfig(const CommandLine& commandLine);

}  // namespace postrider::app
