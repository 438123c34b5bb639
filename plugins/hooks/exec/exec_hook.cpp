#include "plugins/hooks/exec/exec_hook.h"

#include "common/base/deadline.h"
#include "common/base/subprocess.h"
#include "common/plugin/unix_lines.h"
#include "plugins/hooks/exec/program_answer.h"
#include "plugins/hooks/exec/program_environment.h"

#include <cerrno>
#include <exception>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace postrider::hooks {

namespace {

/// More than any verdict needs; a program that prints more has gone astray.
constexpr std::size_t outputLimit = std::size_t{64} * 1024;

/// Feeds content to a program. What reading throws is kept until the program has ended: it must not
/// pass through the running of it.
class Feed {
public:
    explicit Feed(const mail::MessageContent& content) : lines_(content.open()) {}

    std::size_t operator()(std::span<char> buffer) {
        try {
            return lines_.read(buffer);
        } catch (const std::system_error&) {
            fault_ = std::current_exception();
            return 0;
        }
    }
    void rethrow() const {
        if (fault_) std::rethrow_exception(fault_);
    }

private:
    plugin::UnixLines lines_;
    std::exception_ptr fault_;
};

class ExecSession final : public plugin::HookSession {
public:
    ExecSession(const ExecOptions& options, const plugin::Host& host)
        : options_(options), host_(host) {}

    mail::MessageVerdict onMessage(const mail::MessageView& message) override {
        if (!mayRun()) return {};
        SubprocessSpec spec;
        spec.argv = {options_.program.string()};
        spec.environment = environmentFor(message, host_.configDir);
        spec.workingDirectory = host_.configDir.string();
        spec.outputLimit = outputLimit;

        Feed feed{message.content.withPrepended(message.received)};
        const auto result = runSubprocess(spec, std::ref(feed), Deadline::after(options_.timeout));
        feed.rethrow();
        if (!result) throw std::runtime_error(options_.program.string() + ": " + result.error());
        if (!result->errorOutput.empty()) {
            host_.log.warning("hook-program", {{"session", message.facts.id},
                                               {"program", options_.program.string()},
                                               {"stderr", result->errorOutput}});
        }
        return answerOf(*result, outputLimit);
    }

private:
    /// False when there is no hook. Throws when there is one that must not be run.
    [[nodiscard]] bool mayRun() const {
        struct stat info {};
        if (::stat(options_.program.c_str(), &info) != 0) {
            if (options_.optional && errno == ENOENT) return false;
            throw std::system_error(errno, std::generic_category(), options_.program.string());
        }
        if ((info.st_mode & S_IWOTH) != 0) {
            throw std::runtime_error(options_.program.string() + ": everybody may write to it");
        }
        return true;
    }

    const ExecOptions& options_;
    const plugin::Host& host_;
};

}  // namespace

ExecHook::ExecHook(ExecOptions options, const plugin::Host& host)
    : options_(std::move(options)), host_(host) {}

plugin::Admission ExecHook::onConnect(const mail::SessionFacts& /*facts*/) {
    return {mail::Proceed{}, std::make_unique<ExecSession>(options_, host_)};
}

std::unique_ptr<plugin::Hook> ExecFactory::create(const plugin::Settings& settings,
                                                  const plugin::Host& host) const {
    ExecOptions options;
    options.optional = !settings.has("command");
    options.program = settings.configDir() / settings.text("command", "hooks/post-data");
    options.timeout = settings.duration("timeout", options.timeout);
    if (!options.optional && !std::filesystem::is_regular_file(options.program)) {
        throw settings.error("command", "names no program: " + options.program.string());
    }
    return std::make_unique<ExecHook>(std::move(options), host);
}

}  // namespace postrider::hooks
