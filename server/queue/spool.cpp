#include "server/queue/spool.h"

#include "server/queue/spool_folder.h"

#include <cassert>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace postrider::queue {

namespace {

constexpr std::size_t bufferSize = std::size_t{64} * 1024;

SpoolWriter::Fault faultOf(int error) {
    const bool noRoom = error == ENOSPC || error == EDQUOT || error == EFBIG;
    return noRoom ? SpoolWriter::Fault::NoRoom : SpoolWriter::Fault::Failed;
}

/// 0 or the errno. A failed fsync is never tried again: the kernel has forgotten the data.
int syncFolder(const std::filesystem::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    const int error = ::fsync(fd) == 0 ? 0 : errno;
    ::close(fd);
    return error;
}

}  // namespace

SpoolWriter::SpoolWriter(std::filesystem::path folder, std::size_t inlineLimit, std::string name)
    : folder_(std::move(folder)), inlineLimit_(inlineLimit), name_(std::move(name)) {
    assert(SpoolFolder::isName(name_));
}

SpoolWriter::~SpoolWriter() {
    if (fd_ >= 0) ::close(fd_);
    if (created_ && !released_) ::unlink(file().c_str());
}

Result<Done, SpoolWriter::Fault> SpoolWriter::write(std::string_view octets) {
    size_ += octets.size();
    if (fd_ < 0 && size_ > inlineLimit_) {
        if (const auto opened = openFile(); !opened) return opened;
    }
    memory_.append(octets);
    if (fd_ >= 0 && memory_.size() >= bufferSize) return flush();
    return Done{};
}

Result<Done, SpoolWriter::Fault> SpoolWriter::openFile() {
    fd_ = ::open(file().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                 S_IRUSR | S_IWUSR);
    if (fd_ < 0) return Unexpected{faultOf(errno)};
    created_ = true;
    return Done{};
}

Result<Done, SpoolWriter::Fault> SpoolWriter::flush() {
    std::string_view rest = memory_;
    while (!rest.empty()) {
        const ssize_t written = ::write(fd_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return Unexpected{faultOf(errno)};
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    memory_.clear();
    return Done{};
}

Result<mail::MessageContent, SpoolWriter::Fault> SpoolWriter::finish() {
    if (fd_ < 0) return mail::MessageContent::fromMemory(std::move(memory_));
    if (const auto flushed = flush(); !flushed) return Unexpected{flushed.error()};
    if (::fsync(fd_) != 0) return Unexpected{faultOf(errno)};
    ::close(std::exchange(fd_, -1));
    if (const int error = syncFolder(folder_); error != 0) return Unexpected{faultOf(error)};
    return mail::MessageContent::fromFile(file(), size_);
}

}  // namespace postrider::queue
