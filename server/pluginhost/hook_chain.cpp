#include "server/pluginhost/hook_chain.h"

#include "common/plugin/settings.h"
#include "server/pluginhost/make_instance.h"

#include <set>
#include <utility>

namespace postrider::pluginhost {

namespace {

/// The limits, or a complaint.
HookLimits limitsOf(const plugin::Settings& settings, std::chrono::seconds usual,
                    std::vector<std::string>& complaints) {
    try {
        return HookLimits::from(settings, usual);
    } catch (const plugin::ConfigError& error) {
        complaints.emplace_back(error.what());
        return {};
    }
}

}  // namespace

Result<HookChain, std::vector<std::string>> HookChain::create(
    const std::vector<config::InstanceConfig>& instances, PluginCatalog& catalog,
    const plugin::Host& host, const std::filesystem::path& configDir) {
    HookInstances hooks;
    std::set<std::string> names;
    std::vector<std::string> complaints;
    for (const auto& instance : instances) {
        if (!names.insert(instance.name).second) {
            complaints.push_back(
                complaintAbout(instance, "hook", "there is another hook of this name"));
            continue;
        }
        const plugin::Settings settings{"hook." + instance.name, instance.options, configDir,
                                        instance.origin};
        const auto factory = catalog.hook(instance.plugin);
        const auto usual = factory ? (*factory)->usualTimeout() : HookLimits{}.timeout;
        const HookLimits limits = limitsOf(settings, usual, complaints);
        auto hook =
            makeInstance<plugin::Hook>(factory, instance, "hook", settings, host, complaints);
        if (hook == nullptr) continue;
        hooks.push_back(
            std::make_unique<HookInstance>(instance.name, std::move(hook), limits, host));
    }
    if (!complaints.empty()) return Unexpected{std::move(complaints)};
    return HookChain{std::move(hooks)};
}

std::unique_ptr<smtp::Gatekeeper> HookChain::admit(journal::Journal& journal) const {
    return std::make_unique<HookGatekeeper>(hooks_, journal);
}

}  // namespace postrider::pluginhost
