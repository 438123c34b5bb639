#include "server/pluginhost/plugin_catalog.h"

#include "common/base/text.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace postrider::pluginhost {

namespace {

bool isPluginName(std::string_view name) {
    constexpr std::size_t longest = 64;
    return !name.empty() && name.size() <= longest &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return text::isAlnum(c) || c == '_' || c == '-'; });
}

/// The name of the first of `fresh` that is among `known` too; empty when there is none.
std::string common(const std::vector<std::string>& fresh, const std::vector<std::string>& known) {
    const auto twin = std::find_first_of(fresh.begin(), fresh.end(), known.begin(), known.end());
    return twin == fresh.end() ? std::string{} : *twin;
}

std::string missing(const PluginLibrary& library, const std::string& kind, const std::string& name,
                    const std::vector<std::string>& present) {
    const std::string found = present.empty() ? "no " + kind : text::join(present, ", ");
    return "plugin " + library.file().string() + ": found " + found + ", expected a " + kind +
           " named '" + name + "'; usual cause: the file was renamed";
}

/// What `courier_maildir.so` is called inside.
std::string nameFromFile(const std::filesystem::path& file, const std::string& kind) {
    std::string stem = file.stem().string();
    if (stem.starts_with(kind + "_")) stem.erase(0, kind.size() + 1);
    return stem;
}

}  // namespace

Result<const plugin::CourierFactory*, std::string> PluginCatalog::courier(
    const std::string& plugin) {
    const auto wanted = find(plugin, "courier");
    if (!wanted) return Unexpected{wanted.error()};
    const auto names = wanted->library->courierNames();
    const auto* factory = wanted->library->courier(wanted->name);
    if (factory == nullptr && plugin.starts_with('/') && names.size() == 1) {
        factory = wanted->library->courier(names.front());
    }
    if (factory == nullptr) {
        return Unexpected{missing(*wanted->library, "courier", wanted->name, names)};
    }
    return factory;
}

Result<const plugin::HookFactory*, std::string> PluginCatalog::hook(const std::string& plugin) {
    const auto wanted = find(plugin, "hook");
    if (!wanted) return Unexpected{wanted.error()};
    const auto names = wanted->library->hookNames();
    const auto* factory = wanted->library->hook(wanted->name);
    if (factory == nullptr && plugin.starts_with('/') && names.size() == 1) {
        factory = wanted->library->hook(names.front());
    }
    if (factory == nullptr) {
        return Unexpected{missing(*wanted->library, "hook", wanted->name, names)};
    }
    return factory;
}

std::vector<const PluginLibrary*> PluginCatalog::libraries() const {
    std::vector<const PluginLibrary*> all;
    for (const auto& [file, library] : libraries_)
        all.push_back(library.get());
    return all;
}

Result<PluginCatalog::Wanted, std::string> PluginCatalog::find(const std::string& plugin,
                                                               const std::string& kind) {
    const bool isPath = plugin.starts_with('/');
    if (!isPath && !isPluginName(plugin)) {
        return Unexpected{
            "'" + text::printable(plugin, 100) +
            "' is no plugin: expected a name of letters, digits, - and _, or an absolute path"};
    }
    const std::filesystem::path file =
        isPath ? std::filesystem::path{plugin} : pluginDir_ / (kind + "_" + plugin + ".so");
    const auto library = open(file);
    if (!library) return Unexpected{library.error()};
    return Wanted{*library, isPath ? nameFromFile(file, kind) : plugin};
}

Result<const PluginLibrary*, std::string> PluginCatalog::open(const std::filesystem::path& file) {
    if (const auto known = libraries_.find(file); known != libraries_.end()) {
        return known->second.get();
    }
    auto library = PluginLibrary::open(file);
    if (!library) return Unexpected{library.error()};
    if (auto problem = clash(*library); !problem.empty()) return Unexpected{problem};
    auto kept = std::make_unique<const PluginLibrary>(std::move(library).value());
    return libraries_.emplace(file, std::move(kept)).first->second.get();
}

std::string PluginCatalog::clash(const PluginLibrary& fresh) const {
    for (const auto& [file, known] : libraries_) {
        std::string name = common(fresh.courierNames(), known->courierNames());
        if (name.empty()) name = common(fresh.hookNames(), known->hookNames());
        if (name.empty()) continue;
        return "plugin " + fresh.file().string() + ": found the name '" + name + "', which " +
               file.string() +
               " has too, expected every plugin to have a name of its own; usual "
               "cause: an old copy of a plugin left behind";
    }
    return {};
}

}  // namespace postrider::pluginhost
