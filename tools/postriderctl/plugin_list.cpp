#include "common/base/text.h"
#include "server/config/load.h"
#include "server/pluginhost/plugin_library.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"

#include <algorithm>
#include <system_error>

namespace postrider::ctl {

namespace {

std::vector<std::filesystem::path> librariesIn(const std::filesystem::path& folder,
                                               std::error_code& error) {
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator at{folder, error}, end; !error && at != end;
         at.increment(error)) {
        if (at->path().extension() == ".so") files.push_back(at->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string contentsOf(const pluginhost::PluginLibrary& library) {
    std::string line = library.name() + " " + library.version();
    for (const auto& courier : library.courierNames())
        line += "  courier " + courier;
    for (const auto& hook : library.hookNames())
        line += "  hook " + hook;
    return line;
}

}  // namespace

ExitCode pluginList(Context& context, const Arguments& /*arguments*/) {
    const auto config = config::load(context.configDir, {});
    if (!config) return fail(context, ExitCode::Config, config.error().sentences.front());
    std::error_code error;
    const auto files = librariesIn(config->pluginDir, error);
    if (error) {
        return fail(context, ExitCode::NoInput,
                    config->pluginDir.string() + ": " + error.message());
    }
    ExitCode code = ExitCode::Ok;
    for (const auto& file : files) {
        const auto library = pluginhost::PluginLibrary::open(file);
        if (library) {
            context.out << contentsOf(*library) << "\n";
        } else {
            code = fail(context, ExitCode::Unavailable, library.error());
        }
    }
    return code;
}

}  // namespace postrider::ctl
