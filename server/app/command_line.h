#pragma once

#include "server/config/load.h"

#include <filesystem>

namespace postrider::app {

/// What the flags said.
struct CommandLine {
    std::filesystem::path configDir{"/etc/postrider"};
    config::Overrides overrides;    ///< --set key=value, in order
    std::filesystem::path pidFile;  ///< absolute; empty: none
    bool check = false;
    bool daemon = false;
    bool help = false;
    bool version = false;
};

}  // namespace postrider::app
