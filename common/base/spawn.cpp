#include "common/base/spawn.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <spawn.h>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace postrider {

namespace {

constexpr std::string_view defaultPath = "/usr/local/bin:/usr/bin:/bin";

std::string reason(int error) {
    return std::generic_category().message(error);
}

/// A pipe of which one end goes to the child. Both ends lie above 2, so that putting one of them on
/// descriptor 0, 1 or 2 of the child never overwrites another.
struct Pipe {
    FileDescriptor readEnd;
    FileDescriptor writeEnd;

    static std::optional<Pipe> open() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
        Pipe pipe{lifted(FileDescriptor{ends[0]}), lifted(FileDescriptor{ends[1]})};
        return pipe.readEnd && pipe.writeEnd ? std::optional{std::move(pipe)} : std::nullopt;
    }

private:
    static FileDescriptor lifted(FileDescriptor end) {
        if (end.get() > STDERR_FILENO) return end;
        return FileDescriptor{::fcntl(end.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
    }
};

class SpawnAttributes {
public:
    /// Own group, every signal at its default, none blocked.
    SpawnAttributes() {
        ::posix_spawnattr_init(&attributes_);
        sigset_t signals{};
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;
    [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

class SpawnActions {
public:
    SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
    ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;

    void put(const FileDescriptor& end, int descriptor) {
        ::posix_spawn_file_actions_adddup2(&actions_, end.get(), descriptor);
    }
    void closeOthers() { ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1); }
    void changeFolder(const std::string& folder) {
        if (!folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
    }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

/// What exec wants: pointers into `texts`, null behind the last.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (const auto& text : texts) {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): exec's old signature; it writes
        // nothing
        result.push_back(const_cast<char*>(text.c_str()));
    }
    result.push_back(nullptr);
    return result;
}

bool holdsNul(const std::vector<std::string>& texts) {
    return std::any_of(texts.begin(), texts.end(), [](const std::string& text) {
        return text.find('\0') != std::string::npos;
    });
}

/// argv[0], or the first executable of that name in the PATH that the program itself will see
/// (posix_spawnp would ask ours).
std::string findProgram(const SubprocessSpec& spec) {
    const std::string& name = spec.argv.front();
    if (name.find('/') != std::string::npos) return name;
    std::string_view path = defaultPath;
    for (const std::string_view variable : spec.environment) {
        if (variable.starts_with("PATH=")) path = variable.substr(5);
    }
    for (const std::string_view folder : text::split(path, ':')) {
        // only absolute folders: a program must not depend on where we happen to stand
        if (!folder.starts_with('/')) continue;
        std::string candidate = std::string{folder} + '/' + name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

/// Nothing when the specification can be tried.
std::optional<std::string> refusal(const SubprocessSpec& spec) {
    if (spec.argv.empty() || spec.argv.front().empty()) return "no program is named";
    if (holdsNul(spec.argv) || holdsNul(spec.environment)) {
        return "an argument or environment value holds a NUL";
    }
    if (!spec.workingDirectory.empty() && ::access(spec.workingDirectory.c_str(), X_OK) != 0) {
        return "working directory " + spec.workingDirectory + ": " + reason(errno);
    }
    return std::nullopt;
}

FileDescriptor nonBlocking(FileDescriptor end) {
    ::fcntl(end.get(), F_SETFL, O_NONBLOCK);
    return end;
}

}  // namespace

Result<SpawnedProgram, std::string> spawnProgram(const SubprocessSpec& spec) {
    if (auto why = refusal(spec)) return Unexpected{std::move(*why)};
    const std::string program = findProgram(spec);
    if (program.empty()) return Unexpected{reason(ENOENT)};

    auto input = Pipe::open();
    auto output = Pipe::open();
    auto errors = Pipe::open();
    if (!input || !output || !errors) return Unexpected{reason(errno)};

    SpawnActions actions;
    actions.put(input->readEnd, STDIN_FILENO);
    actions.put(output->writeEnd, STDOUT_FILENO);
    actions.put(errors->writeEnd, STDERR_FILENO);
    actions.closeOthers();
    actions.changeFolder(spec.workingDirectory);
    const SpawnAttributes attributes;
    const auto argv = pointers(spec.argv);
    const auto environment = pointers(spec.environment);

    SpawnedProgram spawned;
    const int error = ::posix_spawn(&spawned.pid, program.c_str(), actions.get(), attributes.get(),
                                    argv.data(), environment.data());
    if (error != 0) return Unexpected{reason(error)};
    spawned.standardInput = nonBlocking(std::move(input->writeEnd));
    spawned.standardOutput = nonBlocking(std::move(output->readEnd));
    spawned.standardError = nonBlocking(std::move(errors->readEnd));
    return spawned;
}

}  // namespace postrider
