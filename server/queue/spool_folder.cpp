#include "server/queue/spool_folder.h"

#include "common/mail/content.h"
#include "server/queue/xxh64.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace postrider::queue {

SpoolFolder::SpoolFolder(std::filesystem::path folder) : folder_(std::move(folder)) {
    if (::mkdir(folder_.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
        throw std::system_error(errno, std::generic_category(), "cannot make " + folder_.string());
    }
    if (!std::filesystem::is_directory(folder_)) {
        throw std::system_error(ENOTDIR, std::generic_category(), "cannot use " + folder_.string());
    }
}

bool SpoolFolder::isName(std::string_view name) {
    constexpr std::size_t longest = 64;
    return !name.empty() && name.size() <= longest && std::ranges::all_of(name, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    });
}

std::filesystem::path SpoolFolder::fileOf(std::string_view name) const {
    if (!isName(name)) throw std::runtime_error("not the name of a spool file");
    return folder_ / name;
}

std::string SpoolFolder::checksum(std::string_view name, std::uint64_t size) const {
    const std::filesystem::path file = fileOf(name);
    if (!holds(name, size)) {
        throw std::runtime_error(file.string() + " is missing or not " + std::to_string(size) +
                                 " octets long");
    }
    const auto reader = mail::MessageContent::fromFile(file, size).open();
    constexpr std::size_t bufferSize = std::size_t{64} * 1024;
    const auto buffer = std::make_unique<std::array<char, bufferSize>>();
    Xxh64 sum;
    while (const std::size_t got = reader->read(*buffer))
        sum.add({buffer->data(), got});
    return sum.hex();
}

bool SpoolFolder::holds(std::string_view name, std::uint64_t size) const {
    struct ::stat facts {};
    return ::lstat(fileOf(name).c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
           static_cast<std::uint64_t>(facts.st_size) == size;
}

std::vector<std::string> SpoolFolder::names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator{folder_}) {
        std::string name = entry.path().filename().string();
        if (isName(name) && entry.symlink_status().type() == std::filesystem::file_type::regular) {
            found.push_back(std::move(name));
        }
    }
    return found;
}

void SpoolFolder::remove(std::string_view name) const noexcept {
    if (!isName(name)) return;
    std::error_code ignored;
    std::filesystem::remove(folder_ / name, ignored);
}

}  // namespace postrider::queue
