#pragma once

#include "server/config/config.h"

#include <string>
#include <vector>

namespace postrider::app {

/// The keys in which two configurations differ and that only a restart can change: ports are bound,
/// databases open and threads counted at the start. Everything else (couriers, hooks, suffixes) a
/// reload changes.
[[nodiscard]] std::vector<std::string> restartNeeded(const config::Config& running,
                                                     const config::Config& fresh);

}  // namespace postrider::app
