#include "server/config/folders.h"

#include <algorithm>
#include <system_error>

namespace postrider::config {

namespace {

bool isFolderOrLost(const std::filesystem::directory_entry& entry) {
    std::error_code lost;
    std::error_code gone;
    return entry.is_directory(lost) || (lost && entry.is_symlink(gone));
}

}  // namespace

Result<std::vector<std::filesystem::path>, std::string> subfolders(
    const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    std::filesystem::directory_iterator entries{folder, error};
    if (error == std::errc::no_such_file_or_directory) return found;
    while (!error && entries != std::filesystem::directory_iterator{}) {
        const auto& path = entries->path();
        const bool hidden = path.filename().string().starts_with('.');
        if (!hidden && isFolderOrLost(*entries)) found.push_back(path);
        entries.increment(error);
    }
    if (error) return Unexpected{error.message()};
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace postrider::config
