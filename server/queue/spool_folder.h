#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

/// The folder <dataDir>/spool with the bodies that are too large for a row. Immutable; any thread.
class SpoolFolder {
public:
    /// Makes the folder, for its owner only. Throws std::system_error.
    explicit SpoolFolder(std::filesystem::path folder);

    /// One or more of [0-9a-z], at most 64: what a file of ours is called.
    static bool isName(std::string_view name);

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return folder_; }
    [[nodiscard]] std::filesystem::path fileOf(std::string_view name) const;
    /// The Xxh64 of the file's octets. Throws std::runtime_error when it is missing, unreadable or
    /// not of that size.
    [[nodiscard]] std::string checksum(std::string_view name, std::uint64_t size) const;
    /// Whether a regular file of that size is there.
    [[nodiscard]] bool holds(std::string_view name, std::uint64_t size) const;
    /// Regular files named as ours are. Throws std::filesystem::filesystem_error.
    [[nodiscard]] std::vector<std::string> names() const;
    /// Gone or not there: both are fine; what stays is swept at the next start.
    void remove(std::string_view name) const noexcept;

private:
    std::filesystem::path folder_;
};

}  // namespace postrider::queue
