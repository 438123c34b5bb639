#pragma once

#include "common/plugin/settings.h"

#include <map>
#include <string>

namespace postrider::config {

/// One courier or hook instance as configured: `courier.NAME.plugin` and `courier.NAME.<option>`.
struct InstanceConfig {
    std::string name;
    std::string plugin;
    std::string origin;  ///< "postrider.properties:12", where its plugin is named
    std::map<std::string, plugin::SettingValue> options;

    friend bool operator==(const InstanceConfig&, const InstanceConfig&) = default;
};

}  // namespace postrider::config
