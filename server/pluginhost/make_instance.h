#pragma once

#include "common/base/result.h"
#include "common/plugin/host.h"
#include "common/plugin/settings.h"
#include "server/config/instance_config.h"
#include "server/config/keys.h"

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::pluginhost {

/// "postrider.properties:12: courier.local.plugin: reason"; `kind` is "courier" or "hook".
[[nodiscard]] inline std::string complaintAbout(const config::InstanceConfig& instance,
                                                std::string_view kind, const std::string& reason) {
    const std::string origin = instance.origin.empty() ? "" : instance.origin + ": ";
    return origin + std::string{kind} + "." + instance.name + ".plugin: " + reason;
}

/// "postrider.properties:12: courier.local.pth: reason; did you mean courier.local.path?"
[[nodiscard]] inline std::string noSuchOption(const config::InstanceConfig& instance,
                                              const plugin::Settings& settings,
                                              const std::string& option) {
    const std::string prefix = settings.prefix() + ".";
    const std::string& origin = instance.options.at(option).origin;
    std::string sentence = (origin.empty() ? "" : origin + ": ") + prefix + option +
                           ": the plugin '" + instance.plugin + "' has no such option";
    auto known = settings.asked();
    known.emplace_back("plugin");
    const auto near = config::nearest(option, known);
    if (near) sentence += "; did you mean " + prefix + *near + "?";
    return sentence;
}

/// What the factory makes of the settings; null when it fails, or when an option was read by
/// nobody: then the sentences for the operator are added to `complaints`.
template <class Product, class Factory>
std::unique_ptr<Product> makeInstance(const Result<const Factory*, std::string>& factory,
                                      const config::InstanceConfig& instance, std::string_view kind,
                                      const plugin::Settings& settings, const plugin::Host& host,
                                      std::vector<std::string>& complaints) {
    if (!factory) {
        complaints.push_back(complaintAbout(instance, kind, factory.error()));
        return nullptr;
    }
    std::unique_ptr<Product> product;
    try {
        product = (*factory)->create(settings, host);
    } catch (const plugin::ConfigError& error) {
        complaints.emplace_back(error.what());
        return nullptr;
    } catch (const std::exception& error) {
        complaints.push_back(
            complaintAbout(instance, kind, std::string{"the plugin failed: "} + error.what()));
        return nullptr;
    }
    const auto unread = settings.unread();
    for (const auto& key : unread) {
        complaints.push_back(noSuchOption(instance, settings, key));
    }
    if (product == nullptr) {
        complaints.push_back(complaintAbout(instance, kind, "the plugin made nothing"));
    }
    if (!unread.empty()) return nullptr;
    return product;
}

}  // namespace postrider::pluginhost
