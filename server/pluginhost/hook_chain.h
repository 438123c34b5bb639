#pragma once

#include "common/base/result.h"
#include "common/plugin/host.h"
#include "server/config/instance_config.h"
#include "server/pluginhost/hook_gatekeeper.h"
#include "server/pluginhost/plugin_catalog.h"
#include "server/smtp/ports.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace postrider::pluginhost {

/// The configured hooks in their order. Immutable, thread-safe. A reload makes a new chain and
/// swaps it; sessions keep the one they began with.
class HookChain {
public:
    /// Every instance, or all complaints about them, a sentence each. `host` lends for as long as
    /// the last gatekeeper lives.
    static Result<HookChain, std::vector<std::string>> create(
        const std::vector<config::InstanceConfig>& instances, PluginCatalog& catalog,
        const plugin::Host& host, const std::filesystem::path& configDir);
    /// Of instances that exist already.
    explicit HookChain(HookInstances instances)
        : hooks_(std::make_shared<const HookInstances>(std::move(instances))) {}

    /// One per session. `journal` hears what the hooks decide, and outlives the gatekeeper.
    [[nodiscard]] std::unique_ptr<smtp::Gatekeeper> admit(journal::Journal& journal) const;

private:
    std::shared_ptr<const HookInstances> hooks_;
};

}  // namespace postrider::pluginhost
