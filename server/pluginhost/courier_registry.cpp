#include "server/pluginhost/courier_registry.h"

#include "common/plugin/outcomes.h"
#include "common/plugin/settings.h"
#include "server/pluginhost/guarded_courier.h"
#include "server/pluginhost/make_instance.h"

#include <utility>

namespace postrider::pluginhost {

Result<std::shared_ptr<const CourierRegistry>, std::vector<std::string>> CourierRegistry::create(
    const std::vector<config::InstanceConfig>& instances, PluginCatalog& catalog,
    const plugin::Host& host, const std::filesystem::path& configDir) {
    // Not make_shared: the constructor is private.
    std::shared_ptr<CourierRegistry> registry{new CourierRegistry};
    std::vector<std::string> complaints;
    for (const auto& instance : instances) {
        if (registry->couriers_.contains(instance.name)) {
            complaints.push_back(
                complaintAbout(instance, "courier", "there is another courier of this name"));
            continue;
        }
        const plugin::Settings settings{"courier." + instance.name, instance.options, configDir,
                                        instance.origin};
        auto courier = makeInstance<plugin::Courier>(catalog.courier(instance.plugin), instance,
                                                     "courier", settings, host, complaints);
        if (courier == nullptr) continue;
        registry->couriers_.emplace(instance.name, std::make_unique<GuardedCourier>(
                                                       instance.name, std::move(courier), host));
    }
    if (!complaints.empty()) return Unexpected{std::move(complaints)};
    return std::shared_ptr<const CourierRegistry>{std::move(registry)};
}

plugin::Courier* CourierRegistry::find(std::string_view name) const {
    const auto found = couriers_.find(name);
    return found == couriers_.end() ? nullptr : found->second.get();
}

std::vector<plugin::DeliveryOutcome> CourierRegistry::deliver(
    std::string_view name, const plugin::DeliveryRequest& request) const {
    if (plugin::Courier* courier = find(name)) return courier->deliver(request);
    return {request.recipients.size(),
            plugin::transient({4, 3, 5}, "no courier '" + std::string{name} + "' is configured")};
}

std::vector<std::string> CourierRegistry::names() const {
    std::vector<std::string> all;
    for (const auto& [name, courier] : couriers_)
        all.push_back(name);
    return all;
}

}  // namespace postrider::pluginhost
