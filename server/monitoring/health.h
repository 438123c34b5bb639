#pragma once

#include "server/monitoring/ports.h"

#include <string>
#include <vector>

namespace postrider::monitoring {

/// What all checks said at one moment.
struct Health {
    bool well = true;
    std::string text;  ///< "ok" or "failing", then one line `name: ok` or `name: reason` each
};

/// Asks every check, in order. Never throws for what a check throws.
[[nodiscard]] Health examine(const std::vector<HealthCheck>& checks);

}  // namespace postrider::monitoring
