#include "tools/postriderctl/data_files.h"

#include "server/config/load.h"
#include "tools/postriderctl/cli.h"

#include <system_error>

namespace postrider::ctl {

Result<std::filesystem::path, ExitCode> dataFile(const Context& context, const std::string& name) {
    const auto config = config::load(context.configDir, {});
    if (!config) {
        return Unexpected{fail(context, ExitCode::Config, config.error().sentences.front())};
    }
    auto file = config->dataDir / name;
    std::error_code error;
    if (!std::filesystem::exists(file, error)) {
        const std::string reason = error ? error.message() : "there is no such file";
        return Unexpected{fail(context, ExitCode::NoInput, file.string() + ": " + reason)};
    }
    return file;
}

}  // namespace postrider::ctl
