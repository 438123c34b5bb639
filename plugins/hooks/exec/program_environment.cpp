#include "plugins/hooks/exec/program_environment.h"

#include "common/base/text.h"

#include <array>
#include <pwd.h>
#include <string_view>
#include <unistd.h>

namespace postrider::hooks {

namespace {

constexpr std::string_view searchPath =
    "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// The account that we run as; its number when it has no name.
std::string ourAccount() {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
    return found != nullptr ? std::string{found->pw_name} : std::to_string(::geteuid());
}

/// What a client called itself without anything that a careless script could trip over.
std::string harmless(std::string_view name) {
    std::string kept;
    for (const char c : name) {
        if (text::isAlnum(c) || std::string_view{".:-[]"}.find(c) != std::string_view::npos) {
            kept.push_back(c);
        }
    }
    return kept;
}

std::string flag(bool value) {
    return value ? "1" : "0";
}

class Environment {
public:
    void set(std::string_view name, std::string_view value) {
        std::string line{name};
        line += '=';
        for (const char c : value) {
            if (c != '\0') line.push_back(c);
        }
        lines_.push_back(std::move(line));
    }
    std::vector<std::string> take() && { return std::move(lines_); }

private:
    std::vector<std::string> lines_;
};

/// An address holds a space only inside quotes, and those are kept.
template <class Range, class PathOf>
std::string listOf(const Range& range, const PathOf& pathOf) {
    std::vector<std::string> names;
    names.reserve(range.size());
    for (const auto& one : range)
        names.push_back(pathOf(one).toString());
    return text::join(names, " ");
}

}  // namespace

std::vector<std::string> environmentFor(const mail::MessageView& message,
                                        const std::filesystem::path& workingFolder) {
    const mail::SessionFacts& facts = message.facts;
    const std::string ehlo = facts.ehlo ? facts.ehlo->toString() : "";
    Environment environment;
    environment.set("PATH", searchPath);
    environment.set("SHELL", "/bin/sh");
    environment.set("USER", ourAccount());
    environment.set("PWD", workingFolder.string());
    environment.set("REMOTE_ADDR", facts.client.toString());
    environment.set("EHLO_DOMAIN", harmless(ehlo));
    environment.set("EHLO_DOMAIN_RAW", ehlo);
    environment.set("MAIL_FROM", message.envelope.reversePath.toString());
    environment.set("RCPT_TO", listOf(message.envelope.recipients,
                                      [](const auto& recipient) { return recipient.path; }));
    environment.set("RCPT_TO_RESOLVED",
                    listOf(message.resolved, [](const auto& path) { return path; }));
    environment.set("AUTH_AS", facts.user.value_or(""));
    environment.set("ON_TLS", flag(facts.tls.has_value()));
    environment.set("FROM_LOCAL_DOMAIN", flag(message.fromOurs));
    environment.set("SPF_PASS", flag(false));  // nobody has checked it
    environment.set("LISTENER", mail::toString(facts.listener));
    environment.set("QUEUE_ID", message.id);
    return std::move(environment).take();
}

}  // namespace postrider::hooks
