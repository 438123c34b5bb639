#pragma once

#include "common/base/result.h"
#include "common/plugin/courier.h"
#include "common/plugin/host.h"
#include "server/config/instance_config.h"
#include "server/pluginhost/plugin_catalog.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::pluginhost {

/// The courier instances by name. Immutable; the couriers in it are guarded and thread-safe. A
/// reload makes a new registry from the same catalog and swaps it; the old one goes with its last
/// delivery.
class CourierRegistry {
public:
    /// Every instance of the configuration, or all complaints about them, a sentence each. `host`
    /// is copied; what it lends must outlive the registry, as must the catalog.
    static Result<std::shared_ptr<const CourierRegistry>, std::vector<std::string>> create(
        const std::vector<config::InstanceConfig>& instances, PluginCatalog& catalog,
        const plugin::Host& host, const std::filesystem::path& configDir);

    /// Null when no instance has this name.
    [[nodiscard]] plugin::Courier* find(std::string_view name) const;
    /// Through the instance of that name; without one (the configuration has changed) every
    /// recipient is Transient 4.3.5. Throws nothing.
    [[nodiscard]] std::vector<plugin::DeliveryOutcome> deliver(
        std::string_view name, const plugin::DeliveryRequest& request) const;
    [[nodiscard]] std::vector<std::string> names() const;

private:
    CourierRegistry() = default;
    std::map<std::string, std::unique_ptr<plugin::Courier>, std::less<>> couriers_;
};

}  // namespace postrider::pluginhost
