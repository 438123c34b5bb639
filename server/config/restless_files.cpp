#include "server/config/restless_files.h"

#include "server/config/domains.h"

namespace postrider::config {

std::optional<std::string> complaintAboutRestless(const FileWatch& watch,
                                                  const std::filesystem::path& configDir,
                                                  SteadyTime now) {
    constexpr std::chrono::seconds worthASentence{60};
    const auto file = watch.restlessFor(worthASentence, now);
    if (!file) return std::nullopt;
    return displayName(*file, configDir) +
           ": is written to again and again; no change counts until it is left alone for a moment: "
           "write another file and rename it";
}

}  // namespace postrider::config
