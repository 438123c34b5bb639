#include "plugins/couriers/maildir/maildir.h"

#include "common/base/file_descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace postrider::couriers {

namespace {

Unexpected<MaildirError> failure(int number, std::string_view action, const std::string& path) {
    return Unexpected{MaildirError{
        number, std::string{action} + " " + path + ": " + std::generic_category().message(number)}};
}

constexpr int folderFlags = O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC;

/// Opens `name` in the open folder; makes it when it is missing, and makes that durable.
Result<FileDescriptor, MaildirError> enter(const FileDescriptor& parent, const std::string& name,
                                           const std::string& path) {
    FileDescriptor folder{::openat(parent.get(), name.c_str(), folderFlags)};
    if (folder.get() < 0 && errno == ENOENT) {
        if (::mkdirat(parent.get(), name.c_str(), 0700) != 0 && errno != EEXIST) {
            return failure(errno, "mkdir", path);
        }
        if (::fsync(parent.get()) != 0) return failure(errno, "fsync above", path);
        folder = FileDescriptor{::openat(parent.get(), name.c_str(), folderFlags)};
    }
    if (folder.get() < 0) return failure(errno, "open", path);

    struct stat info {};
    if (::fstat(folder.get(), &info) != 0) return failure(errno, "stat", path);
    // Somebody else's folder, or one that everybody may write to, could be swapped under our hands.
    if (info.st_uid != ::geteuid() || (info.st_mode & S_IWOTH) != 0) {
        return failure(EPERM, "open (not ours alone)", path);
    }
    return folder;
}

Result<Done, MaildirError> writeAll(const FileDescriptor& file, std::span<const char> octets,
                                    const std::string& path) {
    while (!octets.empty()) {
        const ssize_t count = ::write(file.get(), octets.data(), octets.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failure(errno, "write", path);
        octets = octets.subspan(static_cast<std::size_t>(count));
    }
    return Done{};
}

/// The file in tmp/; removed again unless it was renamed.
class TemporaryFile {
public:
    TemporaryFile(const FileDescriptor& folder, const std::string& name)
        : folder_(folder),
          name_(name),
          file_(::openat(folder.get(), name.c_str(),
                         O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600)),
          present_(file_.get() >= 0) {}
    ~TemporaryFile() {
        if (present_) ::unlinkat(folder_.get(), name_.c_str(), 0);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    TemporaryFile(TemporaryFile&&) = delete;
    TemporaryFile& operator=(TemporaryFile&&) = delete;

    [[nodiscard]] bool opened() const { return present_; }

    Result<Done, MaildirError> fill(mail::ContentReader& message, const std::string& path) const {
        std::string buffer(65536, '\0');
        while (const std::size_t count = message.read(buffer)) {
            auto written = writeAll(file_, std::span{buffer.data(), count}, path);
            if (!written) return written;
        }
        if (::fsync(file_.get()) != 0) return failure(errno, "fsync", path);
        return Done{};
    }

    /// Never replaces what is there: EEXIST.
    Result<Done, MaildirError> moveTo(const FileDescriptor& target, const std::string& name,
                                      const std::string& path) {
        int result =
            ::renameat2(folder_.get(), name_.c_str(), target.get(), name.c_str(), RENAME_NOREPLACE);
        // Some file systems (NFS) know no flags; the name is unique anyway.
        if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
            result = ::renameat(folder_.get(), name_.c_str(), target.get(), name.c_str());
        }
        if (result != 0) return failure(errno, "rename to", path);
        present_ = false;
        return Done{};
    }

private:
    const FileDescriptor& folder_;
    const std::string& name_;
    FileDescriptor file_;
    bool present_;
};

/// Opens the maildir, making what is missing.
Result<FileDescriptor, MaildirError> openFolder(const std::string& base,
                                                const std::vector<std::string>& below,
                                                std::string& path) {
    std::error_code problem;
    if (!std::filesystem::exists(base, problem)) {
        std::filesystem::create_directories(base, problem);
        if (!problem) {
            std::filesystem::permissions(base, std::filesystem::perms::owner_all, problem);
        }
        if (problem) return failure(problem.value(), "mkdir", base);
    }
    path = base;
    FileDescriptor folder{::open(base.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC)};
    if (folder.get() < 0) return failure(errno, "open", path);
    for (const auto& name : below) {
        path += (path.ends_with('/') ? "" : "/") + name;
        auto next = enter(folder, name, path);
        if (!next) return next;
        folder = std::move(next).value();
    }
    return folder;
}

}  // namespace

Result<Maildir::Delivered, MaildirError> Maildir::deliver(const std::string& temporary,
                                                          const std::string& name,
                                                          mail::ContentReader& message) const {
    std::string path;
    const auto folder = openFolder(base_, below_, path);
    if (!folder) return Unexpected{folder.error()};
    const auto unfinished = enter(*folder, "tmp", path + "/tmp");
    if (!unfinished) return Unexpected{unfinished.error()};
    const auto fresh = enter(*folder, "new", path + "/new");
    if (!fresh) return Unexpected{fresh.error()};
    // Readers expect all three folders of a maildir.
    const auto seen = enter(*folder, "cur", path + "/cur");
    if (!seen) return Unexpected{seen.error()};

    const std::string target = path + "/new/" + name;
    auto delivered = Delivered::AlreadyThere;
    if (::faccessat(fresh->get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        TemporaryFile file{*unfinished, temporary};
        if (!file.opened()) return failure(errno, "create", path + "/tmp/" + temporary);
        if (auto filled = file.fill(message, target); !filled) return Unexpected{filled.error()};
        if (auto moved = file.moveTo(*fresh, name, target); !moved)
            return Unexpected{moved.error()};
        delivered = Delivered::Now;
    }
    // A failure here is tried again and then finds the file.
    if (::fsync(fresh->get()) != 0) return failure(errno, "fsync", path + "/new");
    return delivered;
}

}  // namespace postrider::couriers
