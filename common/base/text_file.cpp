#include "common/base/text_file.h"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace postrider {

namespace {

constexpr mode_t newFileMode = 0640;
constexpr mode_t permissionBits = 07777;

std::string systemReason() {
    return std::generic_category().message(errno);
}

Unexpected<std::string> failed(std::string_view step) {
    return Unexpected{std::string{step} + ": " + systemReason()};
}

bool writeAll(int descriptor, std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t written = ::write(descriptor, octets.data(), octets.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::optional<std::string> readAll(int descriptor, std::size_t limit) {
    std::string content;
    constexpr std::size_t piece = 65536;
    while (content.size() <= limit) {
        const std::size_t had = content.size();
        content.resize(had + piece);
        const ssize_t got = ::read(descriptor, content.data() + had, piece);
        content.resize(had + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got == 0) return content;
        if (got < 0 && errno != EINTR) return std::nullopt;
    }
    return content;
}

/// Removes a temporary file that did not make it to its place.
class Leftover {
public:
    explicit Leftover(std::string name) : name_(std::move(name)) {}
    ~Leftover() {
        if (!name_.empty()) ::unlink(name_.c_str());
    }
    Leftover(const Leftover&) = delete;
    Leftover& operator=(const Leftover&) = delete;
    void keep() { name_.clear(); }

private:
    std::string name_;
};

/// Gives the new file the owner, group and mode of the old one, or of a new one in this folder.
bool takeOver(int descriptor, const std::filesystem::path& file) {
    struct stat model {};
    const bool exists = ::stat(file.c_str(), &model) == 0;
    if (!exists && ::stat(file.parent_path().c_str(), &model) != 0) return false;
    struct stat ours {};
    if (::fstat(descriptor, &ours) != 0) return false;

    const bool foreign = ours.st_uid != model.st_uid || ours.st_gid != model.st_gid;
    const bool mustKeep = exists || ::geteuid() == 0;
    if (foreign && mustKeep && ::fchown(descriptor, model.st_uid, model.st_gid) != 0) return false;
    return ::fchmod(descriptor, exists ? model.st_mode & permissionBits : newFileMode) == 0;
}

Result<Done, std::string> syncFolder(const std::filesystem::path& folder) {
    const FileDescriptor descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!descriptor) return failed("cannot open the folder");
    if (::fsync(descriptor.get()) != 0) return failed("cannot sync the folder");
    return Done{};
}

std::int64_t nanoseconds(const timespec& time) {
    constexpr std::int64_t perSecond = 1'000'000'000;
    return time.tv_sec * perSecond + time.tv_nsec;
}

}  // namespace

Result<std::string, std::string> readTextFile(const std::filesystem::path& file,
                                              std::size_t limit) {
    // O_NONBLOCK: a FIFO in the place of a file must not stop us
    const FileDescriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!descriptor) return Unexpected{systemReason()};
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0) return Unexpected{systemReason()};
    if (!S_ISREG(status.st_mode)) return Unexpected{std::string{"is not a regular file"}};
    if ((status.st_mode & S_IWOTH) != 0) {
        return Unexpected{std::string{"everybody may write to it: chmod o-w"}};
    }
    auto content = readAll(descriptor.get(), limit);
    if (!content) return Unexpected{systemReason()};
    if (content->size() > limit) {
        return Unexpected{"is larger than " + std::to_string(limit) + " octets"};
    }
    return std::move(*content);
}

bool isAbsent(const std::filesystem::path& file) {
    std::error_code ignored;
    const auto status = std::filesystem::symlink_status(file, ignored);
    return status.type() == std::filesystem::file_type::not_found;
}

std::vector<std::string_view> linesOf(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

Result<Done, std::string> replaceTextFile(const std::filesystem::path& file,
                                          std::string_view content) {
    std::error_code noLink;
    const auto real = std::filesystem::canonical(file, noLink);
    const auto& target = noLink ? file : real;

    std::string temporary = (target.parent_path() / ".postrider-XXXXXX").string();
    FileDescriptor descriptor{::mkostemp(temporary.data(), O_CLOEXEC)};
    if (!descriptor) return failed("cannot create a file in " + target.parent_path().string());
    Leftover leftover{temporary};
    if (!takeOver(descriptor.get(), target)) return failed("cannot keep owner and mode");
    if (!writeAll(descriptor.get(), content)) return failed("cannot write");
    if (::fsync(descriptor.get()) != 0) return failed("cannot sync");
    if (::rename(temporary.c_str(), target.c_str()) != 0) return failed("cannot rename");
    leftover.keep();
    return syncFolder(target.parent_path());
}

Result<FolderLock, std::string> FolderLock::take(const std::filesystem::path& path) {
    FileDescriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder) return Unexpected{systemReason()};
    while (::flock(folder.get(), LOCK_EX) != 0) {
        if (errno != EINTR) return Unexpected{systemReason()};
    }
    return FolderLock{std::move(folder)};
}

FileStamp FileStamp::of(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
            nanoseconds(status.st_ctim)};
}

}  // namespace postrider
