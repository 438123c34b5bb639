#pragma once

#include "common/base/result.h"
#include "server/pluginhost/plugin_library.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace postrider::pluginhost {

/// The plugin libraries of this process: opened on first use, once each, kept for ever. Used by the
/// thread that starts and reloads; what it hands out stays valid as long as it lives.
class PluginCatalog {
public:
    explicit PluginCatalog(std::filesystem::path pluginDir) : pluginDir_(std::move(pluginDir)) {}

    /// `plugin`: a name, which means <plugin.dir>/courier_NAME.so, or the absolute path of a
    /// library, whose only courier is taken, or the one its file name tells. Error: the sentence
    /// for the operator.
    Result<const plugin::CourierFactory*, std::string> courier(const std::string& plugin);
    /// The same for <plugin.dir>/hook_NAME.so.
    Result<const plugin::HookFactory*, std::string> hook(const std::string& plugin);

    [[nodiscard]] std::vector<const PluginLibrary*> libraries() const;

private:
    struct Wanted {
        const PluginLibrary* library;
        std::string name;
    };
    Result<Wanted, std::string> find(const std::string& plugin, const std::string& kind);
    Result<const PluginLibrary*, std::string> open(const std::filesystem::path& file);
    /// Two libraries that bring one name would make the choice depend on their order.
    [[nodiscard]] std::string clash(const PluginLibrary& fresh) const;

    std::filesystem::path pluginDir_;
    std::map<std::filesystem::path, std::unique_ptr<const PluginLibrary>> libraries_;
};

}  // namespace postrider::pluginhost
