#include "common/base/text.h"
#include "common/base/text_file.h"
#include "common/plugin/settings.h"
#include "server/pluginhost/hook_instance.h"
#include "server/pluginhost/plugin_catalog.h"
#include "tests/support/fake_host.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>

using namespace postrider;

namespace {

using Options = std::map<std::string, plugin::SettingValue>;

/// "courier.smtp" or "hook.lists" -> its lines in conf/postrider.properties, shown as a default or
/// as an example.
std::map<std::string, Options> documentedInstances() {
    const auto file =
        readTextFile(std::string{POSTRIDER_TESTS_DIR} + "/../conf/postrider.properties");
    REQUIRE(file.has_value());
    const std::regex shown{"#(?:  )?((?:courier|hook)\\.[a-z-]+)\\.([a-z_]+) = (.+)"};
    std::map<std::string, Options> found;
    for (const auto view : linesOf(*file)) {
        const std::string line{view};
        std::smatch match;
        if (!std::regex_match(line, match, shown)) continue;
        found[match[1]][match[2]] = {match[3], "conf"};
    }
    return found;
}

/// The instance is made with these options, and asked for no other one.
template <class Factory>
void checkOptions(const Factory& factory, const std::string& instance, Options options) {
    test::FakeHost fake;
    std::filesystem::create_directory(fake.folder / "hooks");
    fake.folder.write("hooks/post-data", "#!/bin/sh\n");
    options.erase("plugin");
    const plugin::Settings settings{instance, options, fake.folder.path()};
    CHECK(factory.create(settings, fake.host()) != nullptr);
    std::set<std::string> ofEveryHook;
    if constexpr (requires { factory.usualTimeout(); }) {
        static_cast<void>(pluginhost::HookLimits::from(settings, factory.usualTimeout()));
        ofEveryHook = {"timeout", "on_error"};
    }
    CHECK(text::join(settings.unread(), " ").empty());
    for (const auto& option : settings.asked()) {
        CAPTURE(option);
        CHECK((options.contains(option) || ofEveryHook.contains(option)));
    }
}

}  // namespace

TEST_CASE("conf/postrider.properties shows every option of every plugin, in examples that work") {
    pluginhost::PluginCatalog catalog{POSTRIDER_BUILD_DIR "/lib/postrider/plugins"};
    std::set<std::string> shown;
    for (const auto& [instance, options] : documentedInstances()) {
        CAPTURE(instance);
        REQUIRE(options.contains("plugin"));
        const std::string name = options.at("plugin").text;
        const std::string kind = instance.substr(0, instance.find('.'));
        shown.insert(kind + "_" + name + ".so");
        if (kind == "courier") {
            const auto courier = catalog.courier(name);
            REQUIRE(courier.has_value());
            if (instance != "courier.pipe") checkOptions(**courier, instance, options);
        } else {
            const auto hook = catalog.hook(name);
            REQUIRE(hook.has_value());
            checkOptions(**hook, instance, options);
        }
    }
    for (const auto& file :
         std::filesystem::directory_iterator(POSTRIDER_BUILD_DIR "/lib/postrider/plugins")) {
        const std::string plugin = file.path().filename().string();
        if (plugin != "courier_blackhole.so") CHECK_MESSAGE(shown.contains(plugin), plugin);
    }
}
