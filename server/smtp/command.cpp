#include "server/smtp/command.h"

#include "common/base/text.h"
#include "server/smtp/parameter_list.h"
#include "server/smtp/replies.h"

#include <algorithm>
#include <array>

namespace postrider::smtp {

namespace {

using Parsed = Result<Command, mail::Reply>;

/// The first word and what follows the spaces behind it.
struct WordAndRest {
    std::string_view word;
    std::string_view rest;
};

WordAndRest splitWord(std::string_view text) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return {text, {}};
    return {text.substr(0, space), text::trim(text.substr(space))};
}

Parsed parseHelo(std::string_view argument) {
    if (argument.empty()) return Unexpected{replies::helloNeedsName()};
    return Command{command::Helo{mail::EhloName::from(splitWord(argument).word)}};
}

Parsed parseEhlo(std::string_view argument) {
    if (argument.empty()) return Unexpected{replies::helloNeedsName()};
    return Command{command::Ehlo{mail::EhloName::from(splitWord(argument).word)}};
}

Parsed parseAuth(std::string_view argument) {
    const auto [mechanism, response] = splitWord(argument);
    if (mechanism.empty()) return Unexpected{replies::authNeedsMechanism()};
    if (response.find(' ') != std::string_view::npos) return Unexpected{replies::badArgument()};
    command::Auth auth{mechanism, std::nullopt};
    if (!response.empty()) auth.initialResponse = response;
    return Command{auth};
}

/// The length of the path in angle brackets at the start of `text`, quoted strings respected; 0
/// when there is none.
std::size_t pathLength(std::string_view text) {
    if (!text.starts_with('<')) return 0;
    bool quoted = false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (text[i] == '>' && !quoted) {
            return i + 1;
        }
    }
    return 0;
}

struct PathArgument {
    std::string_view path;  ///< with its brackets
    std::string_view parameters;
};

/// `keyword` is "FROM:" or "TO:".
std::optional<PathArgument> splitPath(std::string_view argument, std::string_view keyword) {
    if (!text::startsWithIgnoreCase(argument, keyword)) return std::nullopt;
    argument = text::trim(argument.substr(keyword.size()));
    const auto length = pathLength(argument);
    const auto rest = argument.substr(length);
    if (length == 0 || (!rest.empty() && rest.front() != ' ')) return std::nullopt;
    return PathArgument{argument.substr(0, length), text::trim(rest)};
}

Parsed parseMail(std::string_view argument) {
    const auto split = splitPath(argument, "FROM:");
    if (!split) return Unexpected{replies::mailSyntax()};
    auto path = mail::ReversePath::parse(split->path);
    if (!path) return Unexpected{replies::badReversePath(path.error())};
    auto parameters = parseMailParameters(split->parameters);
    if (!parameters) return Unexpected{parameters.error()};
    return Command{
        command::Mail{*std::move(path), *std::move(parameters), text::isAscii(split->path)}};
}

Parsed parseRcpt(std::string_view argument) {
    const auto split = splitPath(argument, "TO:");
    if (!split) return Unexpected{replies::rcptSyntax()};
    auto path = mail::ForwardPath::parse(split->path);
    if (!path) return Unexpected{replies::badForwardPath(path.error())};
    auto parameters = parseRcptParameters(split->parameters);
    if (!parameters) return Unexpected{parameters.error()};
    return Command{
        command::Rcpt{*std::move(path), *std::move(parameters), text::isAscii(argument)}};
}

/// `BDAT size [LAST]` (RFC 3030 section 2), at most 20 digits, as in SIZE.
Parsed parseBdat(std::string_view argument) {
    constexpr std::size_t mostDigits = 20;
    const auto [digits, rest] = splitWord(argument);
    const auto size = text::parseUnsigned(digits);
    const bool last = text::equalsIgnoreCase(rest, "LAST");
    if (!size || digits.size() > mostDigits || (!rest.empty() && !last)) {
        return Command{command::LostChunk{}};
    }
    return Command{command::Bdat{*size, last}};
}

/// A verb that takes no argument.
template <class Plain>
Parsed parsePlain(std::string_view argument) {
    if (!argument.empty()) return Unexpected{replies::noArgumentAllowed()};
    return Command{Plain{}};
}

/// A verb whose argument may be there or not and changes nothing.
template <class Free>
Parsed parseFree(std::string_view) {
    return Command{Free{}};
}

/// A verb whose argument must be there and changes nothing.
template <class Named>
Parsed parseNamed(std::string_view argument) {
    if (argument.empty()) return Unexpected{replies::badArgument()};
    return Command{Named{}};
}

struct Entry {
    std::string_view verb;
    Parsed (*parse)(std::string_view argument);
};

constexpr std::array<Entry, 14> vocabulary{{
    {"HELO", parseHelo},
    {"EHLO", parseEhlo},
    {"STARTTLS", parsePlain<command::StartTls>},
    {"AUTH", parseAuth},
    {"MAIL", parseMail},
    {"RCPT", parseRcpt},
    {"DATA", parsePlain<command::Data>},
    {"BDAT", parseBdat},
    {"RSET", parsePlain<command::Rset>},
    {"NOOP", parseFree<command::Noop>},
    {"VRFY", parseNamed<command::Vrfy>},
    {"EXPN", parseNamed<command::Expn>},
    {"HELP", parseFree<command::Help>},
    {"QUIT", parsePlain<command::Quit>},
}};

/// Web browsers can be made to send SMTP commands inside an HTTP request; the lines before those
/// give them away. Others come to the wrong port: SSH, SIP, a proxy that is not expected here.
bool isForeign(std::string_view word) {
    constexpr std::array<std::string_view, 14> words{
        "GET",   "POST",  "CONNECT",  "PUT", "HEAD",   "OPTIONS",  "DELETE",
        "PATCH", "TRACE", "PROPFIND", "PRI", "INVITE", "REGISTER", "PROXY"};
    const auto isWord = [word](auto foreign) { return text::equalsIgnoreCase(word, foreign); };
    return word.ends_with(':') || word.starts_with("SSH-") || std::ranges::any_of(words, isWord);
}

}  // namespace

Parsed parseCommand(std::string_view line) {
    line = text::trimRight(line);
    if (text::hasControl(line)) return Unexpected{replies::controlCharacter()};
    const auto [word, argument] = splitWord(line);
    if (word.empty()) return Unexpected{replies::emptyCommand()};
    for (const auto& entry : vocabulary) {
        if (text::equalsIgnoreCase(word, entry.verb)) return entry.parse(argument);
    }
    if (isForeign(word)) return Command{command::Foreign{}};
    return Unexpected{replies::unknownCommand()};
}

}  // namespace postrider::smtp
