#include "server/pluginhost/plugin_library.h"

#include "common/base/text.h"
#include "common/plugin/api.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <set>
#include <span>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace postrider::pluginhost {

namespace {

namespace fs = std::filesystem;

/// The largest table a descriptor may claim: more is a damaged one.
constexpr std::size_t mostFactories = 64;

/// Every refusal says the same four things.
std::string refusal(const fs::path& file, std::string_view found, std::string_view expected,
                    std::string_view cause) {
    return "plugin " + file.string() + ": found " + text::printable(found, 400) + ", expected " +
           std::string{expected} + "; usual cause: " + std::string{cause};
}

/// Why somebody else could change what lies at `path`; empty when nobody can.
std::string writableByOthers(const fs::path& path, const struct stat& info) {
    if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
        return path.string() + " owned by user " + std::to_string(info.st_uid);
    }
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return path.string() + " writable by " +
               ((info.st_mode & S_IWOTH) != 0 ? "everybody" : "its group");
    }
    return {};
}

/// Folders above the plugin folder: a swapped one would hold files of another owner, so only those
/// that everybody may rename things in are refused (not /tmp and its kind, which are sticky).
std::string openToEverybody(const fs::path& folder) {
    for (fs::path above = folder.parent_path();; above = above.parent_path()) {
        struct stat info {};
        if (::stat(above.c_str(), &info) == 0 && (info.st_mode & S_IWOTH) != 0 &&
            (info.st_mode & S_ISVTX) == 0) {
            return above.string() + " writable by everybody";
        }
        if (above == above.root_path()) return {};
    }
}

std::string checkPermissions(const fs::path& file) {
    constexpr std::string_view expected =
        "a file in a folder, both owned by root or the server's user and writable by nobody else";
    constexpr std::string_view cause =
        "installed by another user or with a loose umask (chown root, chmod go-w)";
    if (!file.is_absolute()) {
        return refusal(file, "a relative path", "an absolute path",
                       "plugin.dir or the plugin option lacks its leading /");
    }
    struct stat info {};
    if (::lstat(file.c_str(), &info) != 0) {
        return refusal(
            file, std::generic_category().message(errno), "a plugin library",
            "the plugin's name is misspelt, it is not installed, or plugin.dir is wrong");
    }
    if (!S_ISREG(info.st_mode)) {
        return refusal(file, S_ISLNK(info.st_mode) ? "a symbolic link" : "no regular file",
                       "a regular file", "a link left by hand; name the real file");
    }
    std::string found = writableByOthers(file, info);
    const fs::path folder = file.parent_path();
    if (found.empty() && ::stat(folder.c_str(), &info) == 0) found = writableByOthers(folder, info);
    if (found.empty()) found = openToEverybody(folder);
    return found.empty() ? std::string{} : refusal(file, found, expected, cause);
}

std::string checkElf(const fs::path& file) {
    constexpr std::string_view magic{"\177ELF"};
    constexpr std::string_view expected = "a shared library (ELF)";
    std::array<char, 64> start{};
    std::ifstream stream{file, std::ios::binary};
    stream.read(start.data(), start.size());
    const std::string_view head{start.data(), static_cast<std::size_t>(stream.gcount())};
    if (head.starts_with(magic)) return {};
    if (head.empty()) {
        return refusal(file, "an empty or unreadable file", expected,
                       "an interrupted installation");
    }
    const bool isText = std::none_of(head.begin(), head.end(), [](char c) {
        return text::isControl(c) && c != '\n' && c != '\r' && c != '\t';
    });
    return refusal(file, isText ? "a text file" : "a file of another kind", expected,
                   "a script or a linker's input in the place of the built plugin");
}

bool validEntries(const PostriderFactoryEntry* entries, std::size_t count) {
    if (count > mostFactories || (count > 0 && entries == nullptr)) return false;
    std::set<std::string_view> names;
    for (const auto& entry : std::span{entries, count}) {
        if (entry.name == nullptr || entry.factory == nullptr) return false;
        if (!names.insert(entry.name).second) return false;
    }
    return true;
}

std::string apiText(unsigned major, unsigned minor) {
    return "plugin API " + std::to_string(major) + "." + std::to_string(minor);
}

std::string checkDescriptor(const fs::path& file, const PostriderPluginDescriptor& descriptor) {
    constexpr std::string_view magic{"postrider-plugin"};
    if (std::memcmp(descriptor.magic, magic.data(), magic.size()) != 0) {
        return refusal(file, "a symbol " POSTRIDER_PLUGIN_SYMBOL " that is no descriptor",
                       "the magic word \"postrider-plugin\" at its start",
                       "the descriptor was not made by POSTRIDER_PLUGIN");
    }
    if (descriptor.apiMajor != plugin::apiMajor || descriptor.apiMinor > plugin::apiMinor) {
        return refusal(file, apiText(descriptor.apiMajor, descriptor.apiMinor),
                       apiText(plugin::apiMajor, plugin::apiMinor) + " (an older minor is fine)",
                       "built for another version of postrider; build it again");
    }
    const std::string_view build =
        descriptor.build == nullptr ? "no build string" : descriptor.build;
    if (build != plugin::hostBuild()) {
        return refusal(file, build, plugin::hostBuild(),
                       "built with another compiler or POCO; build it again on this system");
    }
    if (descriptor.name == nullptr || descriptor.version == nullptr ||
        !validEntries(descriptor.couriers, descriptor.courierCount) ||
        !validEntries(descriptor.hooks, descriptor.hookCount)) {
        return refusal(file, "a damaged descriptor",
                       "names, a version, and factories of different names",
                       "the descriptor was not made by POSTRIDER_PLUGIN");
    }
    return {};
}

std::string loaderText() {
    const char* text = ::dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
    return text == nullptr ? "an unknown fault of the loader" : text;
}

std::vector<std::string> namesOf(const PostriderFactoryEntry* entries, std::size_t count) {
    std::vector<std::string> names;
    for (const auto& entry : std::span{entries, count})
        names.emplace_back(entry.name);
    return names;
}

const void* factoryOf(const PostriderFactoryEntry* entries, std::size_t count,
                      std::string_view name) {
    for (const auto& entry : std::span{entries, count}) {
        if (name == entry.name) return entry.factory;
    }
    return nullptr;
}

}  // namespace

Result<PluginLibrary, std::string> PluginLibrary::open(const fs::path& file) {
    if (auto problem = checkPermissions(file); !problem.empty()) return Unexpected{problem};
    if (auto problem = checkElf(file); !problem.empty()) return Unexpected{problem};

    // Never closed: see the class comment.
    void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        return Unexpected{refusal(file, loaderText(), "a library whose every symbol is there",
                                  "built against another version of postrider, or a library it "
                                  "needs is missing")};
    }
    const void* symbol = ::dlsym(handle, POSTRIDER_PLUGIN_SYMBOL);
    if (symbol == nullptr) {
        return Unexpected{refusal(file, "a library without the symbol " POSTRIDER_PLUGIN_SYMBOL,
                                  "a postrider plugin",
                                  "another program's library, or POSTRIDER_PLUGIN is missing")};
    }
    const auto& descriptor = *static_cast<const PostriderPluginDescriptor*>(symbol);
    if (auto problem = checkDescriptor(file, descriptor); !problem.empty()) {
        return Unexpected{problem};
    }
    return PluginLibrary{file, descriptor};
}

std::vector<std::string> PluginLibrary::courierNames() const {
    return namesOf(descriptor_.couriers, descriptor_.courierCount);
}

std::vector<std::string> PluginLibrary::hookNames() const {
    return namesOf(descriptor_.hooks, descriptor_.hookCount);
}

const plugin::CourierFactory* PluginLibrary::courier(std::string_view name) const {
    return static_cast<const plugin::CourierFactory*>(
        factoryOf(descriptor_.couriers, descriptor_.courierCount, name));
}

const plugin::HookFactory* PluginLibrary::hook(std::string_view name) const {
    return static_cast<const plugin::HookFactory*>(
        factoryOf(descriptor_.hooks, descriptor_.hookCount, name));
}

}  // namespace postrider::pluginhost
