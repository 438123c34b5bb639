#include "common/base/subprocess.h"

#include "common/base/spawn.h"
#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace postrider {

namespace {

constexpr std::size_t chunkSize = std::size_t{16} * 1024;
/// Read after the program's end, at most: a grandchild that holds the pipe could write for ever.
constexpr std::size_t leftoverLimit = std::size_t{1024} * 1024;
/// How often to look for the end of the program when the kernel gives no pidfd.
constexpr int pollWithoutPidfd = 20;

/// A descriptor that is readable once the child has ended, or -1. By number: glibc 2.36 declares
/// pidfd_open without C linkage.
int openPidfd(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

/// Writing to a pipe without reader raises SIGPIPE in the thread: kept from it while this object
/// lives, whatever the process does with the signal.
class NoSigpipe {
public:
    NoSigpipe() {
        sigset_t pending{};
        ::sigpending(&pending);
        if (::sigismember(&pending, SIGPIPE) == 1) return;  // not ours, and blocked already
        ::sigemptyset(&sigpipe_);
        ::sigaddset(&sigpipe_, SIGPIPE);
        ours_ = ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_) == 0;
    }
    ~NoSigpipe() {
        if (!ours_) return;
        const timespec now{};
        while (::sigtimedwait(&sigpipe_, nullptr, &now) < 0 && errno == EINTR) {
        }
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    NoSigpipe(const NoSigpipe&) = delete;
    NoSigpipe& operator=(const NoSigpipe&) = delete;

private:
    sigset_t sigpipe_{};
    sigset_t before_{};
    bool ours_ = false;
};

/// A started program: its pipes are pumped by one thread until it ends. Not reaped by run(), it is
/// killed with its group, so that no exception leaves a zombie.
class RunningProgram {
public:
    RunningProgram(SpawnedProgram program, std::size_t outputLimit)
        : program_(std::move(program)),
          pidfd_(openPidfd(program_.pid)),
          outputLeft_(outputLimit),
          chunk_(chunkSize) {}
    ~RunningProgram() {
        if (!reaped_) killGroup();
    }
    RunningProgram(const RunningProgram&) = delete;
    RunningProgram& operator=(const RunningProgram&) = delete;

    SubprocessResult run(const InputSource& input, Deadline deadline) {
        while (!hasEnded()) {
            if (deadline.passed()) {
                result_.timedOut = true;
                break;
            }
            pump(input, deadline);
        }
        if (result_.timedOut) {
            killGroup();
        } else {
            reap();
        }
        readLeftovers();
        return std::move(result_);
    }

private:
    [[nodiscard]] bool hasEnded() const {
        siginfo_t info{};
        const int failed =
            ::waitid(P_PID, static_cast<id_t>(program_.pid), &info, WEXITED | WNOHANG | WNOWAIT);
        return (failed != 0 && errno == ECHILD) || (failed == 0 && info.si_pid != 0);
    }

    void pump(const InputSource& input, Deadline deadline) {
        fillInput(input);
        std::array<pollfd, 4> wanted{{{program_.standardInput.get(), POLLOUT, 0},
                                      {program_.standardOutput.get(), POLLIN, 0},
                                      {program_.standardError.get(), POLLIN, 0},
                                      {pidfd_.get(), POLLIN, 0}}};
        int timeout = deadline.pollTimeout();
        if (!pidfd_) timeout = std::min(timeout, pollWithoutPidfd);
        if (::poll(wanted.data(), wanted.size(), timeout) <= 0) return;

        if (wanted[0].revents != 0) writeInput();
        if (wanted[1].revents != 0) readOutput(program_.standardOutput, result_.output);
        if (wanted[2].revents != 0) readOutput(program_.standardError, result_.errorOutput);
    }

    void fillInput(const InputSource& input) {
        if (!program_.standardInput || !pendingInput_.empty()) return;
        const std::size_t size = input ? input(chunk_) : 0;
        pendingInput_ = std::span{chunk_}.first(std::min(size, chunk_.size()));
        if (pendingInput_.empty()) program_.standardInput.close();
    }

    void writeInput() {
        const NoSigpipe guard;
        const ssize_t written =
            ::write(program_.standardInput.get(), pendingInput_.data(), pendingInput_.size());
        if (written >= 0) {
            pendingInput_ = pendingInput_.subspan(static_cast<std::size_t>(written));
        } else if (errno != EAGAIN && errno != EINTR) {
            program_.standardInput.close();  // the program does not want the rest
        }
    }

    /// One read; octets read, 0 when there is nothing now. Closes the pipe at its end.
    std::size_t readOutput(FileDescriptor& pipe, std::string& kept) {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): read() fills it
        std::array<char, chunkSize> buffer;
        const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
        if (got <= 0) {
            pipe.close();
            return 0;
        }
        const auto size = static_cast<std::size_t>(got);
        const std::size_t keep = std::min(size, outputLeft_);
        kept.append(buffer.data(), keep);
        outputLeft_ -= keep;
        return size;
    }

    void readLeftovers() {
        std::size_t total = 0;
        const auto drain = [&](FileDescriptor& pipe, std::string& kept) {
            while (pipe && total < leftoverLimit) {
                const std::size_t got = readOutput(pipe, kept);
                if (got == 0) return;
                total += got;
            }
        };
        drain(program_.standardOutput, result_.output);
        drain(program_.standardError, result_.errorOutput);
    }

    void killGroup() {
        // the program is not reaped yet, so its number cannot have become somebody else's
        ::kill(-program_.pid, SIGKILL);
        reap();
    }

    void reap() {
        int status = 0;
        pid_t got = 0;
        do {
            got = ::waitpid(program_.pid, &status, 0);
        } while (got < 0 && errno == EINTR);
        reaped_ = true;
        if (got != program_.pid) return;
        if (WIFEXITED(status)) result_.exitCode = WEXITSTATUS(status);
        if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    }

    SpawnedProgram program_;
    FileDescriptor pidfd_;
    std::size_t outputLeft_;
    std::vector<char> chunk_;
    std::span<char> pendingInput_;
    SubprocessResult result_;
    bool reaped_ = false;
};

}  // namespace

Result<SubprocessResult, std::string> runSubprocess(const SubprocessSpec& spec,
                                                    const InputSource& input, Deadline deadline) {
    auto started = spawnProgram(spec);
    if (!started) return Unexpected{started.error()};
    return RunningProgram{std::move(*started), spec.outputLimit}.run(input, deadline);
}

}  // namespace postrider
