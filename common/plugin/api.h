#pragma once

#include "common/plugin/courier.h"
#include "common/plugin/descriptor.h"
#include "common/plugin/hook.h"

#include <Poco/Version.h>
#include <array>
#include <string_view>

/// What a plugin includes: the contracts of couriers and hooks, and POSTRIDER_PLUGIN to declare the
/// library's descriptor.
///
///     const BlackholeFactory blackhole;
///     const std::array couriers{postrider::plugin::courier("blackhole", blackhole)};
///     POSTRIDER_PLUGIN("blackhole", "1.0", couriers, postrider::plugin::none)

#define POSTRIDER_STRING_OF(x) #x
#define POSTRIDER_STRING(x) POSTRIDER_STRING_OF(x)

/// What must be equal on both sides for C++ objects to cross: compiler ABI, shape of std::string,
/// POCO. Taken where the macro stands, so a plugin tells what it was compiled with.
#define POSTRIDER_BUILD                                                             \
    "cxxabi=" POSTRIDER_STRING(__GXX_ABI_VERSION) " cxx11string=" POSTRIDER_STRING( \
        _GLIBCXX_USE_CXX11_ABI) " poco=" POSTRIDER_STRING(POCO_VERSION)

namespace postrider::plugin {

/// Equal in plugin and host; raised when anything in common/plugin changes its shape (CHANGES.md).
inline constexpr unsigned apiMajor = 1;
/// A plugin may ask for an older one than the host's; raised when something is added beside what
/// was there.
inline constexpr unsigned apiMinor = 0;

inline namespace v1 {

/// What libpostrider was built with.
[[nodiscard]] std::string_view hostBuild();

/// One line of the descriptor. The factory must live as long as the library.
[[nodiscard]] constexpr PostriderFactoryEntry courier(const char* name,
                                                      const CourierFactory& factory) {
    return {name, &factory};
}
[[nodiscard]] constexpr PostriderFactoryEntry hook(const char* name, const HookFactory& factory) {
    return {name, &factory};
}
/// For a library without couriers, or without hooks.
inline constexpr std::array<PostriderFactoryEntry, 0> none{};

}  // namespace v1
}  // namespace postrider::plugin

/// Declares the library's one symbol, at namespace scope, once. COURIERS and HOOKS are constant
/// arrays of entries.
// clang-format off
#define POSTRIDER_PLUGIN(NAME, VERSION, COURIERS, HOOKS)                                      \
    extern "C" {                                                                              \
    extern __attribute__((visibility("default")))                                             \
    const PostriderPluginDescriptor postrider_plugin; /* NOLINT: its name is fixed for ever */ \
    const PostriderPluginDescriptor postrider_plugin = {                                      \
        {'p', 'o', 's', 't', 'r', 'i', 'd', 'e', 'r', '-', 'p', 'l', 'u', 'g', 'i', 'n'},     \
        ::postrider::plugin::apiMajor,                                                        \
        ::postrider::plugin::apiMinor,                                                        \
        POSTRIDER_BUILD,                                                                      \
        NAME,                                                                                 \
        VERSION,                                                                              \
        (COURIERS).data(),                                                                    \
        (COURIERS).size(),                                                                    \
        (HOOKS).data(),                                                                       \
        (HOOKS).size()};                                                                      \
    }
// clang-format on
