#include "server/app/configuration_refused.h"

namespace postrider::app {

config::Config loadConfig(const CommandLine& commandLine) {
    auto loaded = config::load(commandLine.configDir, commandLine.overrides);
    if (!loaded) throw ConfigurationRefused(loaded.error().sentences);
    return *std::move(loaded);
}

}  // namespace postrider::app
