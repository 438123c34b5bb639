#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <system_error>

namespace postrider::test {

/// A fresh folder of mode 0700 under the system's temporary folder, removed with all it holds.
class TempDir {
public:
    TempDir() {
        std::string name = (std::filesystem::temp_directory_path() / "postrider-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::system_error(errno, std::generic_category(), name);
        }
        path_ = name;
    }
    ~TempDir() {
        std::error_code ignored;  // a destructor has nobody to tell
        std::filesystem::remove_all(path_, ignored);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// The path of `name` in it.
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
        return path_ / name;
    }
    /// Writes a file, with the folders above it, and returns its path.
    std::filesystem::path write(std::string_view name, std::string_view octets) const {
        auto file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream out{file, std::ios::binary};
        out << octets;
        out.close();
        if (!out) throw std::system_error(EIO, std::generic_category(), file.string());
        return file;
    }

private:
    std::filesystem::path path_;
};

}  // namespace postrider::test
