#include "server/routing/alias_table.h"

#include "common/base/text.h"
#include "common/base/text_file.h"
#include "common/mail/localpart.h"
#include "server/routing/via_hosts.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace postrider::routing {

namespace {

constexpr std::string_view catchAllName = "*";
constexpr std::size_t targetLimit = 1000;
constexpr std::size_t shownLimit = 80;

std::string shown(std::string_view text) {
    return "'" + text::printable(text, shownLimit) + "'";
}

/// The pieces between commas that are not in a quoted string.
std::vector<std::string_view> splitTargets(std::string_view text) {
    std::vector<std::string_view> pieces;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (text[i] == '\\') ++i;
        if (i < text.size() && text[i] == ',' && !quoted) {
            pieces.push_back(text::trim(text.substr(begin, i - begin)));
            begin = i + 1;
        }
    }
    pieces.push_back(text::trim(text.substr(begin)));
    return pieces;
}

/// What stands before and behind the word `via`.
struct ViaParts {
    std::string_view mailbox;
    std::optional<std::string_view> hosts;
};

ViaParts splitVia(std::string_view text) {
    constexpr std::string_view word = "via";
    const auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
    // a quoted local part may hold the word; hosts have no quotes
    const auto quote = text.rfind('"');
    auto at = text.find(word, quote == std::string_view::npos ? 1 : quote + 1);
    for (; at != std::string_view::npos; at = text.find(word, at + 1)) {
        const auto behind = text.substr(at + word.size());
        if (isSpace(text[at - 1]) && (behind.empty() || isSpace(behind.front()))) {
            return {text::trim(text.substr(0, at)), text::trim(behind)};
        }
    }
    return {text, std::nullopt};
}

/// `*@domain` or `*`: only the domain counts.
Result<MailboxTarget, std::string> parseStar(std::string_view text, const mail::Domain& domain) {
    if (text == "*") return MailboxTarget{std::nullopt, domain};
    // any name will do to have the rest read
    auto mailbox = mail::Mailbox::parse("x" + std::string{text.substr(1)});
    if (mailbox) return MailboxTarget{std::nullopt, mailbox->host()};
    return Unexpected{shown(text) + " is no mailbox (" + std::string{describe(mailbox.error())} +
                      ")"};
}

Result<AliasTarget, std::string> parseOne(std::string_view text, const mail::Domain& domain) {
    const auto [address, hosts] = splitVia(text);
    auto target = [&, address = address]() -> Result<MailboxTarget, std::string> {
        if (address == "*" || address.starts_with("*@")) return parseStar(address, domain);
        auto mailbox = parseTarget(address, domain);
        if (!mailbox) return Unexpected{mailbox.error()};
        return MailboxTarget{mailbox->localpart(), mailbox->host()};
    }();
    if (!target) return Unexpected{target.error()};
    if (hosts) {
        auto via = parseViaHosts(*hosts);
        if (!via) return Unexpected{via.error()};
        target->via = std::move(*via);
    }
    return AliasTarget{std::move(*target)};
}

Result<std::string, std::string> parseName(std::string_view text, const NameRules& rules) {
    if (text == catchAllName) return std::string{text};
    if (text.find('@') != std::string_view::npos) {
        return Unexpected{shown(text) + ": a name stands without its domain"};
    }
    const auto localpart = mail::Localpart::parse(text);
    const auto canonical = localpart ? localpart->canonical() : std::nullopt;
    if (!canonical) return Unexpected{shown(text) + " cannot be the name of a mailbox"};
    return rules.withoutDropped(*canonical);
}

Result<Alias, std::string> parseLine(std::string_view line, const mail::Domain& domain,
                                     const NameRules& rules) {
    if (!text::isUtf8(line)) return Unexpected{std::string{"is not UTF-8"}};
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
        return Unexpected{shown(line) + " is not 'name: target'"};
    }
    auto name = parseName(text::trim(line.substr(0, colon)), rules);
    if (!name) return Unexpected{name.error()};
    const auto right = text::trim(line.substr(colon + 1));
    auto targets = parseTargets(right, domain);
    if (!targets) return Unexpected{*name + ": " + targets.error()};
    return Alias{std::move(*name), 0, std::move(*targets)};
}

}  // namespace

Result<std::vector<AliasTarget>, std::string> parseTargets(std::string_view text,
                                                           const mail::Domain& domain) {
    const auto isBad = [](char c) { return text::isControl(c) && c != '\t'; };
    if (!text::isUtf8(text) || std::any_of(text.begin(), text.end(), isBad)) {
        return Unexpected{std::string{"the targets hold what is no text"}};
    }
    std::vector<AliasTarget> targets;
    if (text.starts_with('|')) {
        const auto command = text::trim(text.substr(1));
        if (command.empty()) return Unexpected{std::string{"there is no command behind '|'"}};
        targets.emplace_back(PipeTarget{std::string{command}});
        return targets;
    }
    for (const auto piece : splitTargets(text)) {
        if (piece.empty()) continue;
        if (piece.starts_with('|')) {
            return Unexpected{std::string{"a command stands alone: no other target beside it"}};
        }
        auto target = parseOne(piece, domain);
        if (!target) return Unexpected{target.error()};
        targets.push_back(std::move(*target));
    }
    if (targets.empty()) return Unexpected{std::string{"there is no target"}};
    if (targets.size() > targetLimit) {
        return Unexpected{"there are more than " + std::to_string(targetLimit) + " targets"};
    }
    return targets;
}

Result<mail::Mailbox, std::string> parseTarget(std::string_view text, const mail::Domain& domain) {
    if (auto localpart = mail::Localpart::parse(text)) {
        return mail::Mailbox{std::move(*localpart), domain};
    }
    auto mailbox = mail::Mailbox::parse(text);
    if (!mailbox && text.find(" #") != std::string_view::npos) {
        return Unexpected{shown(text) + ": a comment stands on a line of its own"};
    }
    if (!mailbox) {
        return Unexpected{shown(text) + " is no mailbox (" +
                          std::string{describe(mailbox.error())} + ")"};
    }
    return std::move(*mailbox);
}

Result<AliasTable, config::ConfigProblems> AliasTable::parse(std::string_view text,
                                                             std::string_view name,
                                                             const mail::Domain& domain,
                                                             const NameRules& rules) {
    AliasTable table;
    config::ConfigProblems problems;
    std::size_t number = 0;
    for (const auto whole : linesOf(text)) {
        ++number;
        const auto line = text::trim(whole);
        if (line.empty() || line.starts_with('#')) continue;
        const std::string origin = std::string{name} + ":" + std::to_string(number) + ": ";
        auto alias = parseLine(line, domain, rules);
        if (!alias) {
            problems.sentences.push_back(origin + alias.error());
            continue;
        }
        alias->line = number;
        const auto earlier = table.aliases_.find(alias->name);
        if (earlier != table.aliases_.end()) alias->insteadOf = earlier->second.line;
        const std::string key = alias->name;
        table.aliases_.insert_or_assign(key, *std::move(alias));
    }
    if (!problems.sentences.empty()) return Unexpected{std::move(problems)};
    return table;
}

const Alias* AliasTable::find(std::string_view name) const {
    if (name == catchAllName) return nullptr;
    const auto found = aliases_.find(name);
    return found == aliases_.end() ? nullptr : &found->second;
}

const Alias* AliasTable::catchAll() const {
    const auto found = aliases_.find(catchAllName);
    return found == aliases_.end() ? nullptr : &found->second;
}

}  // namespace postrider::routing
