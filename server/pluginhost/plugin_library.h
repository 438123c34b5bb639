#pragma once

#include "common/base/result.h"
#include "common/plugin/courier.h"
#include "common/plugin/descriptor.h"
#include "common/plugin/hook.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::pluginhost {

/// One plugin library in this process. It is never unloaded: objects made by it may outlive whoever
/// asked for them. Immutable.
class PluginLibrary {
public:
    /// Checks who may have written the file, that it is an ELF library, and its descriptor, before
    /// anything else of it is used; resolves every symbol now and shows none to other libraries
    /// (RTLD_NOW | RTLD_LOCAL). The error names the file, what was found, what was expected and the
    /// usual cause.
    static Result<PluginLibrary, std::string> open(const std::filesystem::path& file);

    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
    [[nodiscard]] std::string name() const { return descriptor_.name; }
    [[nodiscard]] std::string version() const { return descriptor_.version; }
    [[nodiscard]] std::vector<std::string> courierNames() const;
    [[nodiscard]] std::vector<std::string> hookNames() const;
    /// Null when there is none of that name.
    [[nodiscard]] const plugin::CourierFactory* courier(std::string_view name) const;
    [[nodiscard]] const plugin::HookFactory* hook(std::string_view name) const;

private:
    PluginLibrary(std::filesystem::path file, const PostriderPluginDescriptor& descriptor)
        : file_(std::move(file)), descriptor_(descriptor) {}

    std::filesystem::path file_;
    const PostriderPluginDescriptor& descriptor_;  ///< in the library's own memory
};

}  // namespace postrider::pluginhost
