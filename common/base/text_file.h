#pragma once

#include "common/base/file_descriptor.h"
#include "common/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider {

/// Reads a whole configuration file. Error: why not, for the operator, without the file's name: the
/// system's reason, "is not a regular file", "is larger than ... octets", "everybody may write to
/// it". The last protects what decides about mail and programs from any local account. Any thread.
Result<std::string, std::string> readTextFile(const std::filesystem::path& file,
                                              std::size_t limit = std::size_t{16} << 20);

/// Whether there is nothing of that name, not even a link that leads nowhere or a file that we may
/// not look at: those are somebody's mistake, and not the same as no file.
[[nodiscard]] bool isAbsent(const std::filesystem::path& file);

/// The lines of a text without their ends, LF or CRLF; views into it. Line 1 is element 0; a last
/// line end makes no empty line.
[[nodiscard]] std::vector<std::string_view> linesOf(std::string_view text);

/// Puts new content in the place of a file, or makes it: a temporary file beside it, fsync, rename,
/// fsync of the folder. Readers see the old or the new content, never less. Owner, group and mode
/// are kept; a new file gets mode 0640 and, for root, the folder's owner. A symbolic link is
/// followed. Error: the step that failed and the system's reason; the old file is untouched then.
Result<Done, std::string> replaceTextFile(const std::filesystem::path& file,
                                          std::string_view content);

/// Holds a folder against other writers of its files (flock on the folder itself, so that no lock
/// file stays behind) from construction to destruction. Readers do not take it. One thread.
class FolderLock {
public:
    /// Waits for whoever has it. Error: the system's reason.
    static Result<FolderLock, std::string> take(const std::filesystem::path& folder);

private:
    explicit FolderLock(FileDescriptor folder) : folder_(std::move(folder)) {}
    FileDescriptor folder_;  ///< closing it lets go of the lock
};

/// What stat(2) says about a path, to notice that it was changed or replaced. A missing file has
/// one too, unlike that of any file.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;
    std::int64_t modifiedNs = 0;
    std::int64_t changedNs = 0;  ///< ctime: sees chmod, chown and a restored mtime

    static FileStamp of(const std::filesystem::path& path);
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

}  // namespace postrider
