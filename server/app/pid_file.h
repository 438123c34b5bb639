#pragma once

#include <filesystem>

namespace postrider::app {

/// The process id in a file where others look for it, as long as this object lives. Made when the
/// ports are ours, so that a second server that cannot start leaves the file of the first one
/// alone; while we are root, so that it can lie in /run.
class PidFile {
public:
    /// An empty path: no file. Throws ConfigurationRefused when it cannot be written.
    explicit PidFile(std::filesystem::path file);
    PidFile(const PidFile&) = delete;
    PidFile& operator=(const PidFile&) = delete;
    ~PidFile();

    /// For an end without destructors. A file that the user we became may not remove stays.
    void remove() const noexcept;

private:
    std::filesystem::path file_;
};

}  // namespace postrider::app
