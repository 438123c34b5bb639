#include "server/routing/alias_hook.h"

#include "common/base/subprocess.h"
#include "common/base/text.h"
#include "common/mail/localpart.h"

#include <span>
#include <system_error>
#include <utility>

namespace postrider::routing {

namespace {

constexpr std::string_view shownName = "hooks/alias-resolve";
constexpr std::string_view searchPath =
    "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
/// Room for a thousand long addresses; a list cut in the middle must not pass for a whole one.
constexpr std::size_t outputLimit = std::size_t{256} * 1024;
constexpr std::size_t shownOutput = 200;

/// Whoever may change the file decides who gets all mail.
std::string faultOf(const std::filesystem::file_status& status) {
    using std::filesystem::perms;
    if (status.type() != std::filesystem::file_type::regular) return "is not a regular file";
    constexpr perms execute = perms::owner_exec | perms::group_exec | perms::others_exec;
    if ((status.permissions() & execute) == perms::none) return "is not executable";
    if ((status.permissions() & perms::others_write) != perms::none) {
        return "everybody may write to it";
    }
    return {};
}

std::string endOf(const SubprocessResult& run) {
    if (run.timedOut) return "took too long";
    if (run.signal != 0) return "was ended by signal " + std::to_string(run.signal);
    std::string end = "ended with status " + std::to_string(run.exitCode);
    const auto words = text::trim(run.errorOutput);
    if (!words.empty()) end += ": " + text::printable(words, shownOutput);
    return end;
}

/// A name with an `@` of its own is quoted, so that the program can tell which of them ends it.
std::string addressOf(std::string_view name, const mail::Domain& domain) {
    auto localpart = mail::Localpart::parse(name);
    if (!localpart) {
        std::string quoted{'"'};
        for (const char c : name) {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
        localpart = mail::Localpart::parse(quoted + '"');
    }
    if (localpart) return mail::Mailbox{*localpart, domain}.unicode();
    return std::string{name} + '@' + domain.unicode();
}

/// Without white space and line ends around it.
std::string_view trimmed(std::string_view output) {
    constexpr std::string_view space = " \t\r\n";
    const auto begin = output.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return output.substr(begin, output.find_last_not_of(space) + 1 - begin);
}

std::string sentence(const std::string& what) {
    return std::string{shownName} + " " + what;
}

}  // namespace

std::filesystem::path AliasHook::fileIn(const std::filesystem::path& configDir) {
    return configDir / "hooks" / "alias-resolve";
}

std::optional<AliasHook> AliasHook::find(const std::filesystem::path& configDir) {
    auto file = fileIn(configDir);
    std::error_code ignored;
    const auto status = std::filesystem::status(file, ignored);
    if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
    file = std::filesystem::absolute(file, ignored);
    return AliasHook{std::move(file), faultOf(status)};
}

Result<std::vector<AliasTarget>, std::string> AliasHook::ask(std::string_view name,
                                                             const mail::Domain& domain,
                                                             Deadline deadline) const {
    if (!fault_.empty()) return Unexpected{sentence(fault_)};
    SubprocessSpec spec;
    spec.argv = {file_.string(), addressOf(name, domain)};
    spec.environment = {std::string{searchPath}};
    spec.workingDirectory = file_.parent_path().parent_path().string();
    spec.outputLimit = outputLimit;
    const auto nothingToRead = [](std::span<char>) { return std::size_t{0}; };
    const auto run =
        runSubprocess(spec, nothingToRead, deadline.orSooner(Deadline::after(timeLimit)));
    if (!run) return Unexpected{sentence("cannot be run: " + run.error())};
    if (run->timedOut || run->exitCode != 0) return Unexpected{sentence(endOf(*run))};
    if (run->output.size() + run->errorOutput.size() >= outputLimit) {
        return Unexpected{sentence("printed too much")};
    }
    const auto line = trimmed(run->output);
    if (line.empty()) return std::vector<AliasTarget>{};
    auto targets = parseTargets(line, domain);
    if (!targets) return Unexpected{sentence("printed: " + targets.error())};
    return targets;
}

}  // namespace postrider::routing
