#include "server/queue/queue_lock.h"

#include "common/base/text.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace postrider::queue {

namespace {

std::string ownerOf(int fd) {
    std::array<char, 32> buffer{};
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return "unknown";
    const std::string_view text{buffer.data(), static_cast<std::size_t>(got)};
    return text::printable(text.substr(0, text.find('\n')));
}

void writeOwner(int fd) {
    const std::string line = std::to_string(::getpid()) + "\n";
    // The number only helps people: the lock holds without it.
    if (::ftruncate(fd, 0) != 0) return;
    [[maybe_unused]] const ssize_t written = ::pwrite(fd, line.data(), line.size(), 0);
}

}  // namespace

QueueLock::QueueLock(const std::filesystem::path& dataDir)
    : fd_(::open((dataDir / "queue.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                 S_IRUSR | S_IWUSR)) {
    const std::string name = (dataDir / "queue.lock").string();
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "cannot open " + name);
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno == EWOULDBLOCK ? EBUSY : errno;
        const std::string owner = ownerOf(fd_);
        ::close(fd_);
        throw std::system_error(error, std::generic_category(),
                                "another postrider (process " + owner + ") works on this queue, " +
                                    name + " is locked");
    }
    writeOwner(fd_);
}

QueueLock::~QueueLock() {
    ::close(fd_);
}

}  // namespace postrider::queue
