#include "plugins/hooks/milter/milter_hook.h"

#include <stdexcept>
#include <utility>

namespace postrider::hooks {

namespace {

/// As sendmail and postfix write it, and as the other options of ours do.
std::optional<net::PeerAddress> parseSocket(std::string_view text) {
    for (const std::string_view prefix : {"unix:", "local:"}) {
        if (!text.starts_with(prefix)) continue;
        text.remove_prefix(prefix.size());
        return text.starts_with('/') ? net::PeerAddress::parse(text) : std::nullopt;
    }
    if (text.starts_with("inet:")) text.remove_prefix(std::string_view{"inet:"}.size());
    const auto at = text.find('@');
    if (at == std::string_view::npos) return net::PeerAddress::parse(text);
    return net::PeerAddress::parse(std::string{text.substr(at + 1)} + ':' +
                                   std::string{text.substr(0, at)});
}

}  // namespace

mail::Verdict MilterSession::onConnect(const mail::SessionFacts& facts) {
    auto heard = begin(facts, deadline());
    if (heard) return *std::move(heard);
    conversation_.reset();
    host_.log.warning("milter-missing", {{"session", facts.id},
                                         {"socket", options_.socket.text()},
                                         {"reason", heard.error() + "; tried again at MAIL"}});
    return mail::Proceed{};
}

mail::Verdict MilterSession::onEhlo(const mail::SessionFacts& facts) {
    if (conversation_ == nullptr) return mail::Proceed{};
    auto heard = conversation_->helo(facts, deadline());
    if (heard) return *std::move(heard);
    conversation_.reset();
    return mail::Proceed{};
}

mail::Verdict MilterSession::onMail(const mail::SessionFacts& facts, const mail::ReversePath& path,
                                    const mail::MailParameters& parameters) {
    const auto until = deadline();
    if (conversation_ != nullptr && !conversation_->isOver()) {
        auto heard = conversation_->mail(facts, path, parameters, until);
        if (heard) return *std::move(heard);
    }
    conversation_.reset();  // restarted since, perhaps: that costs no message
    return orThrow(mail(facts, path, parameters, until));
}

MilterSession::Heard MilterSession::mail(const mail::SessionFacts& facts,
                                         const mail::ReversePath& path,
                                         const mail::MailParameters& parameters,
                                         Deadline deadline) {
    auto heard = begin(facts, deadline);
    if (!heard || !std::holds_alternative<mail::Proceed>(*heard)) return heard;
    return conversation_->mail(facts, path, parameters, deadline);
}

mail::Verdict MilterSession::onRcpt(const mail::SessionFacts& /*facts*/,
                                    const mail::ForwardPath& path,
                                    const mail::RcptParameters& parameters) {
    return orThrow(conversation().recipient(path, parameters, deadline()));
}

mail::MessageVerdict MilterSession::onMessage(const mail::MessageView& message) {
    return orThrow(conversation().message(message, deadline()));
}

MilterSession::Heard MilterSession::begin(const mail::SessionFacts& facts, Deadline deadline) {
    auto channel = options_.socket.connect(host_.resolver, deadline);
    if (!channel) return Unexpected{channel.error()};
    auto opened = milter::Conversation::open(*std::move(channel), host_.hostname, deadline);
    if (!opened) return Unexpected{opened.error()};
    conversation_ = *std::move(opened);
    auto heard = conversation_->connect(facts, deadline);
    const bool mayGreet = heard && std::holds_alternative<mail::Proceed>(*heard);
    if (!mayGreet || !facts.ehlo) return heard;
    return conversation_->helo(facts, deadline);
}

milter::Conversation& MilterSession::conversation() const {
    if (conversation_ != nullptr) return *conversation_;
    throw std::runtime_error{"the milter has failed earlier in this transaction"};
}

template <class T>
T MilterSession::orThrow(Result<T, std::string> heard) {
    if (heard) return *std::move(heard);
    conversation_.reset();
    throw std::runtime_error{options_.socket.text() + ": " + heard.error()};
}

plugin::Admission MilterHook::onConnect(const mail::SessionFacts& facts) {
    auto session = std::make_unique<MilterSession>(options_, host_);
    auto verdict = session->onConnect(facts);
    return {std::move(verdict), std::move(session)};
}

std::unique_ptr<plugin::Hook> MilterFactory::create(const plugin::Settings& settings,
                                                    const plugin::Host& host) const {
    auto socket = parseSocket(settings.text("socket"));
    if (!socket) throw settings.error("socket", "must be unix:/path or inet:host:port");
    const auto timeout = settings.duration("timeout", usualTimeout());
    return std::make_unique<MilterHook>(MilterOptions{*std::move(socket), timeout}, host);
}

}  // namespace postrider::hooks
