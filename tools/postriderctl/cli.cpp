#include "tools/postriderctl/cli.h"

#include "common/base/text.h"
#include "tools/postriderctl/commands.h"

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <optional>
#include <utility>

namespace postrider::ctl {

namespace {

constexpr std::string_view configDirFlag = "--config-dir";

/// An option that has a value, in the same word behind `=` or in the next one.
struct Valued {
    std::string_view name;
    std::string_view value;
};
constexpr std::array<Valued, 2> valuedOptions{
    {{configDirFlag, "a folder"}, {"--scheme", "a scheme"}}};

/// The command line in its parts, before the command is known.
struct Words {
    std::vector<std::string> plain;
    std::vector<std::string> flags;
    std::map<std::string, std::string, std::less<>> options;
};

const Valued* findValued(const std::string& word) {
    const auto* const found =
        std::find_if(valuedOptions.begin(), valuedOptions.end(),
                     [name = std::string_view{word}.substr(0, word.find('='))](
                         const Valued& option) { return option.name == name; });
    return found == valuedOptions.end() ? nullptr : found;
}

Result<Words, std::string> sortOut(const std::vector<std::string>& words) {
    Words sorted;
    bool flagsEnded = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (flagsEnded || !word.starts_with("-") || word == "-") {
            sorted.plain.push_back(word);
        } else if (word == "--") {
            flagsEnded = true;
        } else if (const auto* option = findValued(word)) {
            const auto equals = word.find('=');
            if (equals == std::string::npos && ++i == words.size()) {
                return Unexpected{word + " needs " + std::string{option->value}};
            }
            sorted.options[std::string{option->name}] =
                equals == std::string::npos ? words[i] : word.substr(equals + 1);
        } else {
            sorted.flags.push_back(word);
        }
    }
    return sorted;
}

/// The command whose name the words begin with, and how many of them it took.
std::pair<const Command*, std::size_t> findCommand(const std::vector<std::string>& words) {
    for (const auto& command : commands()) {
        const auto name = text::split(command.name, ' ');
        const bool same =
            name.size() <= words.size() && std::equal(name.begin(), name.end(), words.begin());
        if (same) return {&command, name.size()};
    }
    return {nullptr, 0};
}

std::optional<std::string> refuse(const Command& command, const Arguments& arguments) {
    const auto& known = command.flags;
    const auto isUnknown = [&known](const std::string& flag) {
        return std::find(known.begin(), known.end(), flag) == known.end();
    };
    for (const auto& flag : arguments.flags) {
        if (isUnknown(flag)) return "unknown option " + flag;
    }
    for (const auto& [name, value] : arguments.options) {
        if (isUnknown(name)) return "unknown option " + name;
    }
    if (arguments.operands.size() < command.leastOperands) return "something is missing";
    if (arguments.operands.size() > command.mostOperands) {
        return "'" + arguments.operands[command.mostOperands] + "' is too much";
    }
    return std::nullopt;
}

ExitCode misuse(const Context& context, const std::string& reason) {
    return fail(context, ExitCode::Usage, reason + "; see: postriderctl help");
}

}  // namespace

ExitCode fail(const Context& context, ExitCode code, const std::string& reason) {
    context.err << "postriderctl: " << reason << "\n";
    return code;
}

ExitCode runCommandLine(Context context, const std::vector<std::string>& words) {
    auto sorted = sortOut(words);
    if (!sorted) return misuse(context, sorted.error());
    if (auto configDir = sorted->options.extract(std::string{configDirFlag})) {
        context.configDir = configDir.mapped();
    }
    // the two that every program has
    auto& flags = sorted->flags;
    for (const std::string_view name : {"help", "version"}) {
        const auto flag = std::find(flags.begin(), flags.end(), "--" + std::string{name});
        if (flag != flags.end()) {
            flags.clear();
            sorted->plain = {std::string{name}};
        }
    }
    if (sorted->plain.empty()) return misuse(context, "a command is missing");

    const auto [command, taken] = findCommand(sorted->plain);
    if (command == nullptr) {
        return misuse(context, "unknown command '" + text::join(sorted->plain, " ") + "'");
    }
    Arguments arguments;
    arguments.operands.assign(sorted->plain.begin() + static_cast<std::ptrdiff_t>(taken),
                              sorted->plain.end());
    arguments.flags.insert(flags.begin(), flags.end());
    arguments.options = std::move(sorted->options);
    if (const auto reason = refuse(*command, arguments)) {
        return fail(context, ExitCode::Usage,
                    *reason + "; usage: postriderctl " + std::string{command->name} + " " +
                        std::string{command->usage});
    }
    try {
        return command->run(context, arguments);
    } catch (const std::exception& error) {
        return fail(context, ExitCode::Unavailable, error.what());
    }
}

}  // namespace postrider::ctl
