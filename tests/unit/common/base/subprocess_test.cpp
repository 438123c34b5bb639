#include "common/base/subprocess.h"

#include "tests/support/process_end.h"
#include "tests/support/temp_dir.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace postrider {

using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const std::string defaultPath = "PATH=/usr/bin:/bin";

/// Runs a script with /bin/sh.
SubprocessSpec script(std::string text) {
    return {.argv = {"/bin/sh", "-c", std::move(text)}, .environment = {defaultPath}};
}

InputSource inputOf(std::string octets) {
    return [octets = std::move(octets), at = std::size_t{0}](std::span<char> buffer) mutable {
        const std::size_t size = octets.copy(buffer.data(), buffer.size(), at);
        at += size;
        return size;
    };
}

SubprocessResult runOrFail(const SubprocessSpec& spec, const InputSource& input = {}) {
    auto result = runSubprocess(spec, input, Deadline::after(30s));
    REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error()));
    return std::move(*result);
}

/// Runs a program that prints and then hangs, up to a deadline: a later one when this machine was
/// too busy to let it print before.
SubprocessResult runUntilItHangs(const std::string& text) {
    constexpr auto longest = 64s;
    for (std::chrono::milliseconds patience = 250ms;; patience *= 4) {
        auto result = runSubprocess(script(text), {}, Deadline::after(patience));
        REQUIRE(result);
        if (!result->output.empty() || patience > longest) return *std::move(result);
    }
}

/// What SIGPIPE does in this process while the object lives.
class SigpipeAction {
public:
    explicit SigpipeAction(void (*action)(int)) : before_(std::signal(SIGPIPE, action)) {}
    ~SigpipeAction() { std::signal(SIGPIPE, before_); }
    SigpipeAction(const SigpipeAction&) = delete;
    SigpipeAction& operator=(const SigpipeAction&) = delete;

private:
    void (*before_)(int);
};

}  // namespace

TEST_CASE("a program gets its arguments as they are, without a shell") {
    const auto result = runOrFail({.argv = {"/usr/bin/printf", "%s|", "a b", "$(id)", ";`x`", ""}});
    CHECK(result.output == "a b|$(id)|;`x`||");
    CHECK(result.exitCode == 0);
    CHECK(result.signal == 0);
    CHECK_FALSE(result.timedOut);
}

TEST_CASE("exit code, output and error output are told apart") {
    const auto result = runOrFail(script("echo out; echo err >&2; exit 75"));
    CHECK(result.exitCode == 75);
    CHECK(result.output == "out\n");
    CHECK(result.errorOutput == "err\n");
}

TEST_CASE("the signal that ended a program is told") {
    const auto result = runOrFail(script("kill -SEGV $$"));
    CHECK(result.exitCode == -1);
    CHECK(result.signal == SIGSEGV);
    CHECK_FALSE(result.timedOut);
}

TEST_CASE("the environment is the one given and nothing else") {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs here
    ::setenv("POSTRIDER_SECRET", "leaked", 1);
    const auto result =
        runOrFail({.argv = {"env"}, .environment = {"ONE=1", defaultPath, "TWO=a b"}});
    ::unsetenv("POSTRIDER_SECRET");  // NOLINT(concurrency-mt-unsafe): likewise
    CHECK(result.output == "ONE=1\n" + defaultPath + "\nTWO=a b\n");
}

TEST_CASE("a bare name is looked up in the program's own PATH, absolute folders only") {
    const test::TempDir folder;
    const auto tool = folder.write("bin/tool", "#!/bin/sh\necho found\n");
    std::filesystem::permissions(tool, std::filesystem::perms::owner_all);
    const std::string path = "PATH=/nonexistent:" + (folder / "bin").string();
    CHECK(runOrFail({.argv = {"tool"}, .environment = {path}}).output == "found\n");

    CHECK(runSubprocess({.argv = {"tool"}, .environment = {}}, {}, Deadline::after(5s)).error() ==
          "No such file or directory");
    const SubprocessSpec relative{.argv = {"tool"},
                                  .environment = {"PATH=bin::."},
                                  .workingDirectory = (folder / "bin").string()};
    CHECK(runSubprocess(relative, {}, Deadline::after(5s)).error() == "No such file or directory");
}

TEST_CASE("a program runs in the folder asked for") {
    const test::TempDir folder;
    auto spec = script("pwd -P");
    spec.workingDirectory = std::filesystem::canonical(folder.path()).string();
    CHECK(runOrFail(spec).output == spec.workingDirectory + "\n");
}

TEST_CASE("what cannot be started says why") {
    const test::TempDir folder;
    const auto plain = folder.write("plain", "text");
    struct Case {
        SubprocessSpec spec;
        std::string why;
    };
    const Case cases[] = {
        {{.argv = {}}, "no program is named"},
        {{.argv = {""}}, "no program is named"},
        {{.argv = {"/nonexistent/program"}}, "No such file or directory"},
        {{.argv = {plain.string()}}, "Permission denied"},
        {{.argv = {folder.path().string()}}, "Permission denied"},
        {{.argv = {"/bin/echo", "a\0b"s}}, "an argument or environment value holds a NUL"},
        {{.argv = {"/bin/echo"}, .environment = {"A=\0"s}},
         "an argument or environment value holds a NUL"},
        {{.argv = {"/bin/echo"}, .workingDirectory = "/nonexistent"},
         "working directory /nonexistent: No such file or directory"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.why);
        const auto result = runSubprocess(c.spec, {}, Deadline::after(5s));
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error() == c.why);
    }
}

TEST_CASE("a megabyte through a filter does not dead-lock") {
    std::string octets;
    for (int i = 0; i < 1024 * 1024; ++i)
        octets += static_cast<char>('a' + i % 23);
    auto spec = script("cat");
    spec.outputLimit = 2 * octets.size();
    CHECK(runOrFail(spec, inputOf(octets)).output == octets);
}

TEST_CASE("input reaches the program whole and ends") {
    CHECK(runOrFail(script("wc -c"), inputOf(std::string(300'000, '\0'))).output == "300000\n");
    CHECK(runOrFail(script("wc -c")).output == "0\n");
}

TEST_CASE("output beyond the limit is read and dropped, both streams counted together") {
    auto spec = script("head -c 600000 /dev/zero; head -c 600000 /dev/zero >&2; exit 3");
    spec.outputLimit = 1000;
    const auto result = runOrFail(spec);
    CHECK(result.exitCode == 3);
    CHECK(result.output.size() + result.errorOutput.size() == 1000);
}

TEST_CASE("a program that does not read its input is no error, whatever SIGPIPE does here") {
    const std::string much(std::size_t{4} * 1024 * 1024, 'x');
    const SigpipeAction deadly{SIG_DFL};
    for (const std::string text : {"exit 0", "exec 0<&-; sleep 0.1; exit 0"}) {
        CAPTURE(text);
        const auto result = runOrFail(script(text), inputOf(much));
        CHECK(result.exitCode == 0);
        CHECK_FALSE(result.timedOut);
    }
    sigset_t pending{};
    ::sigpending(&pending);
    CHECK(::sigismember(&pending, SIGPIPE) == 0);
}

TEST_CASE("the deadline ends a program, not before its time") {
    const auto begin = steadyNow();
    const auto result = runSubprocess(script("sleep 600"), {}, Deadline::after(300ms));
    const auto took = steadyNow() - begin;
    REQUIRE(result);
    CHECK(result->timedOut);
    CHECK(took >= 300ms);
    CHECK(took < 60s);
}

TEST_CASE("the deadline kills the program and its children") {
    const auto result =
        runUntilItHangs("trap '' TERM; (trap '' TERM; sleep 600) & echo $!; wait; sleep 600");
    CHECK(result.timedOut);
    CHECK(result.exitCode == -1);
    CHECK(result.signal == SIGKILL);
    REQUIRE_FALSE(result.output.empty());
    CHECK(test::endsSoon(std::stoi(result.output)));
}

TEST_CASE("output before the deadline is kept") {
    const auto result = runUntilItHangs("echo early; sleep 600");
    CHECK(result.timedOut);
    CHECK(result.output == "early\n");
}

TEST_CASE("a background child that keeps the pipes open does not hold us up") {
    const auto result = runOrFail(script("sleep 600 & echo $!"));
    CHECK_FALSE(result.timedOut);
    CHECK(result.exitCode == 0);
    const pid_t child = std::stoi(result.output);
    CHECK(test::isAlive(child));
    ::kill(child, SIGKILL);
}

TEST_CASE("a program starts with default signals, an empty mask and a group of its own") {
    const SigpipeAction deaf{SIG_IGN};
    sigset_t all{};
    sigset_t before{};
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    const auto blocked = runOrFail({.argv = {"sed", "-n", "s/^SigBlk:.//p", "/proc/self/status"}});
    const auto ignored = runOrFail({.argv = {"sed", "-n", "s/^SigIgn:.//p", "/proc/self/status"}});
    const auto group = runOrFail(script("test \"$(ps -o pgid= -p $$ | tr -d ' ')\" = $$"));
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    CHECK(std::stoull(blocked.output, nullptr, 16) == 0);
    // 32 and 33 belong to glibc, which nobody may touch
    CHECK((std::stoull(ignored.output, nullptr, 16) & ~0x180000000ULL) == 0);
    CHECK(group.exitCode == 0);
}

TEST_CASE("no descriptor of ours is inherited") {
    // opened without O_CLOEXEC, as libraries do
    const int leaked = ::open("/dev/null", O_RDONLY);
    const int high = ::fcntl(leaked, F_DUPFD, 200);
    const auto result = runOrFail(script("ls /proc/$$/fd | tr '\\n' ' '"));
    ::close(leaked);
    ::close(high);
    CHECK(result.output.starts_with("0 1 2 "));
    CHECK(result.output.find("200") == std::string::npos);
}

TEST_CASE("descriptors are not lost, program by program") {
    const auto openNow = [] {
        const std::filesystem::directory_iterator all{"/proc/self/fd"};
        return std::distance(begin(all), end(all));
    };
    const auto before = openNow();
    for (int i = 0; i < 20; ++i) {
        runOrFail(script("cat"), inputOf("x"));
        CHECK_FALSE(runSubprocess({.argv = {"/nonexistent"}}, {}, Deadline::after(1s)).has_value());
    }
    CHECK(openNow() == before);
}

TEST_CASE("no zombie stays, and other children are left alone") {
    const pid_t other = ::fork();
    if (other == 0) ::_exit(7);
    for (int i = 0; i < 20; ++i)
        runOrFail(script("exit 1"));
    CHECK(runSubprocess(script("sleep 60"), {}, Deadline::after(50ms))->timedOut);
    int status = 0;
    CHECK(::waitpid(other, &status, 0) == other);
    CHECK(WEXITSTATUS(status) == 7);
    CHECK(::waitpid(-1, &status, 0) == -1);
    CHECK(errno == ECHILD);
}

TEST_CASE("an input that throws ends the program before the exception leaves") {
    const InputSource broken = [](std::span<char>) -> std::size_t {
        throw std::runtime_error("the file is gone");
    };
    CHECK_THROWS_WITH(runOrFail(script("sleep 60"), broken), "the file is gone");
    int status = 0;
    CHECK(::waitpid(-1, &status, 0) == -1);
    CHECK(errno == ECHILD);
}

TEST_CASE("programs run from many threads at once") {
    std::array<std::string, 8> outputs;
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            threads.emplace_back([&outputs, i] {
                auto result =
                    runSubprocess(script("cat"), inputOf(std::to_string(i)), Deadline::after(30s));
                if (result) outputs.at(i) = result->output;
            });
        }
    }
    for (std::size_t i = 0; i < outputs.size(); ++i)
        CHECK(outputs.at(i) == std::to_string(i));
}

}  // namespace postrider
