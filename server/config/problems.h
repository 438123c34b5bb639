#pragma once

#include <string>
#include <vector>

namespace postrider::config {

/// Everything that is wrong with a configuration, one sentence each: "postrider.properties:12:
/// message.maxsize: unknown key; did you mean message.max_size?". Never empty.
struct ConfigProblems {
    std::vector<std::string> sentences;
};

}  // namespace postrider::config
