#pragma once

#include <cstddef>

/// The one symbol of a plugin library, plain C, read before anything else of the library is used.
/// This layout never changes.
extern "C" {

struct PostriderFactoryEntry {
    const char* name;     ///< what `courier.NAME.plugin` says
    const void* factory;  ///< a plugin::CourierFactory or plugin::HookFactory
};

struct PostriderPluginDescriptor {
    char magic[16];     ///< "postrider-plugin"
    unsigned apiMajor;  ///< must be equal to the host's
    unsigned apiMinor;  ///< must not be greater than the host's
    const char* build;  ///< compiler ABI and POCO version; must be equal to the host's
    const char* name;
    const char* version;
    const PostriderFactoryEntry* couriers;
    std::size_t courierCount;
    const PostriderFactoryEntry* hooks;
    std::size_t hookCount;
};
}

#define POSTRIDER_PLUGIN_SYMBOL "postrider_plugin"
