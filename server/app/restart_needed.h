#pragma once

#include "server/config/config.h"

#include <string>
#include <vector>

namespace postrider::app {

/// Makes of a configuration that was read anew the one that the running server can go by: what only
/// a restart can change (ports are bound, databases open and threads counted at the start) stays as
/// it is. Returns the keys of which that is so. All others a reload changes.
[[nodiscard]] std::vector<std::string> keepUntilRestart(const config::Config& running,
                                                        config::Config& fresh);

}  // namespace postrider::app
