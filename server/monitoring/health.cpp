#include "server/monitoring/health.h"

#include "common/base/text.h"

#include <exception>

namespace postrider::monitoring {

namespace {

std::string problemOf(const HealthCheck& check) {
    try {
        return text::printable(check.problem());
    } catch (const std::exception& e) {
        return "the check itself failed: " + text::printable(e.what());
    }
}

}  // namespace

Health examine(const std::vector<HealthCheck>& checks) {
    Health health;
    std::string lines;
    for (const auto& check : checks) {
        const std::string problem = problemOf(check);
        health.well = health.well && problem.empty();
        lines.append(check.name).append(": ").append(problem.empty() ? "ok" : problem).append("\n");
    }
    health.text = (health.well ? "ok\n" : "failing\n") + lines;
    return health;
}

}  // namespace postrider::monitoring
