#include "plugins/hooks/rspamd/rspamd_hook.h"

#include "common/base/deadline.h"
#include "common/base/text.h"
#include "common/net/http_post.h"

#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace postrider::hooks {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t longestAnswer = std::size_t{1024} * 1024;

/// What rspamd wants to know beside the message, by its names.
Fields fieldsOf(const mail::MessageView& message, const std::string& hostname) {
    const mail::SessionFacts& facts = message.facts;
    Fields fields{{"IP", facts.client.ip.toString()},
                  {"From", message.envelope.reversePath.toString()},
                  {"Queue-Id", std::string{message.id}},
                  {"MTA-Name", hostname}};
    for (const auto& recipient : message.envelope.recipients)
        fields.emplace_back("Rcpt", recipient.path.toString());
    if (message.resolved.size() == 1) {
        fields.emplace_back("Deliver-To", message.resolved.front().toString());
    }
    if (facts.ehlo) fields.emplace_back("Helo", facts.ehlo->toString());
    if (facts.user) fields.emplace_back("User", *facts.user);
    if (facts.tls) {
        fields.emplace_back("TLS-Version", facts.tls->version);
        fields.emplace_back("TLS-Cipher", facts.tls->cipher);
    }
    return fields;
}

/// "http://host:port/path"; the port may be left out.
struct Url {
    std::string host;
    std::string target;
    net::PeerAddress server;

    static std::optional<Url> parse(std::string_view text) {
        constexpr std::string_view scheme = "http://";
        if (!text.starts_with(scheme) || text::hasControl(text) || !text::isAscii(text) ||
            text.find_first_of(" #") != std::string_view::npos) {
            return std::nullopt;
        }
        text.remove_prefix(scheme.size());
        const auto slash = text.find('/');
        if (slash == std::string_view::npos) return std::nullopt;
        const std::string host{text.substr(0, slash)};
        auto server = net::PeerAddress::parse(host);
        if (!server) server = net::PeerAddress::parse(host + ":80");
        if (!server || host.empty()) return std::nullopt;
        return Url{host, std::string{text.substr(slash)}, *std::move(server)};
    }
};

/// One session, of which only the messages are of interest.
class RspamdSession final : public plugin::HookSession {
public:
    explicit RspamdSession(const RspamdHook& hook) : hook_(hook) {}

    mail::MessageVerdict onMessage(const mail::MessageView& message) override {
        return hook_.check(message);
    }

private:
    const RspamdHook& hook_;
};

}  // namespace

plugin::Admission RspamdHook::onConnect(const mail::SessionFacts& /*facts*/) {
    return {mail::Proceed{}, std::make_unique<RspamdSession>(*this)};
}

mail::MessageVerdict RspamdHook::check(const mail::MessageView& message) const {
    const auto answer = ask(message);
    if (!answer) throw std::runtime_error{options_.server.text() + ": " + answer.error()};
    auto verdict = verdictOf(*answer, mail::HeaderSection::parse(message.content.headerSection()));
    const bool isSpam =
        answer->action == RspamdAction::AddHeader || answer->action == RspamdAction::RewriteSubject;
    if (isSpam && options_.spamField) {
        verdict.edits.emplace_back(mail::PrependHeader{"X-Spam", "Yes"});
    }
    return verdict;
}

Result<RspamdAnswer, std::string> RspamdHook::ask(const mail::MessageView& message) const {
    const auto deadline = Deadline::after(options_.patience);
    const auto channel = options_.server.connect(host_.resolver, deadline);
    if (!channel) return Unexpected{channel.error()};
    (*channel)->setDeadline(deadline);
    auto fields = fieldsOf(message, host_.hostname);
    if (!options_.password.empty()) fields.emplace_back("Password", options_.password);
    const auto answer =
        net::post(**channel, {options_.host, options_.target, std::move(fields), message.content},
                  longestAnswer);
    if (!answer) return Unexpected{answer.error()};
    constexpr unsigned ok = 200;
    if (answer->status != ok) return Unexpected{"HTTP status " + std::to_string(answer->status)};
    return RspamdAnswer::parse(answer->body);
}

std::unique_ptr<plugin::Hook> RspamdFactory::create(const plugin::Settings& settings,
                                                    const plugin::Host& host) const {
    auto url = Url::parse(settings.text("url", "http://127.0.0.1:11333/checkv2"));
    if (!url) throw settings.error("url", "must be http://host:port/path");
    const auto timeout = settings.duration("timeout", usualTimeout());
    return std::make_unique<RspamdHook>(
        RspamdOptions{.server = std::move(url->server),
                      .host = url->host,
                      .target = url->target,
                      .password = settings.text("password", ""),
                      .spamField = settings.flag("spam_header", true),
                      .patience = timeout},
        host);
}

}  // namespace postrider::hooks
