#include "server/app/launch.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <iostream>
#include <string>
#include <system_error>
#include <unistd.h>

namespace postrider::app {

namespace {

constexpr int exitSoftware = 70;

void writeAll(const FileDescriptor& descriptor, std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t written = ::write(descriptor.get(), octets.data(), octets.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // nobody waits any more
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string readAll(const FileDescriptor& descriptor) {
    std::string all;
    std::array<char, 4096> buffer{};
    while (true) {
        const ssize_t got = ::read(descriptor.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return all;
        all.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

std::optional<int> Launch::begin() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    FileDescriptor daemon(ends[0]);
    caller_ = FileDescriptor(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) return std::nullopt;
    caller_.close();
    return waitFor(daemon);
}

/// Lines, and at the end the status behind a NUL: whoever dies before has none.
int Launch::waitFor(const FileDescriptor& daemon) {
    // Service blocks the signals that the server waits for.
    sigset_t none{};
    sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    const std::string said = readAll(daemon);
    const auto nul = said.find('\0');
    std::cerr << std::string_view{said}.substr(0, nul);
    if (nul != std::string::npos && nul + 1 < said.size()) {
        return static_cast<unsigned char>(said[nul + 1]);
    }
    std::cerr << "postrider ended before it had started\n";
    return exitSoftware;
}

void Launch::say(std::string_view sentence) const {
    if (caller_) writeAll(caller_, std::string{sentence} + '\n');
}

void Launch::end(int status) {
    if (!caller_) return;
    writeAll(caller_, std::string{'\0', static_cast<char>(status)});
    caller_.close();
}

}  // namespace postrider::app
