#include "server/smtp/session.h"

#include "common/base/text.h"
#include "server/smtp/extensions.h"
#include "server/smtp/originator_check.h"
#include "server/smtp/replies.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace postrider::smtp {

namespace {

bool isDiscard(const mail::Verdict& verdict) {
    return std::holds_alternative<mail::Discard>(verdict);
}

/// `a@host`: means something to one network only (RFC 6409 section 4.2).
bool isUnqualified(const mail::Mailbox* mailbox) {
    if (mailbox == nullptr || mailbox->domain() == nullptr) return false;
    return mailbox->domain()->ascii().find('.') == std::string::npos;
}

Step because(const DirectoryAnswer& answer, Step refused) {
    refused.reason = answer.reason;
    return refused;
}

}  // namespace

Session::Session(const SessionOptions& options, Ports ports, mail::SessionFacts facts)
    : options_(options), ports_(ports), facts_(std::move(facts)) {}

Step Session::greet() {
    const auto verdict = ports_.gatekeeper.onConnect(facts_);
    if (const auto* refuse = std::get_if<mail::Refuse>(&verdict)) {
        barred_ = true;
        return say(replies::refusedGreeting(refuse->reply));
    }
    if (const auto* disconnect = std::get_if<mail::Disconnect>(&verdict)) {
        return say(replies::withoutStatus(replies::disconnection(disconnect->reply)), Next::Close);
    }
    discardAll_ = isDiscard(verdict);
    return say(replies::greeting(options_.hostname));
}

Step Session::onLine(std::string_view line) {
    if (++commands_ > options_.maxCommands) return say(replies::tooManyCommands());
    if (auth_) return authStep(auth_->respond(line));
    const auto command = parseCommand(line);
    if (command) return obey(*command);
    return protocolError(barred_ ? replies::outOfOrder(Order::Barred) : command.error());
}

Step Session::onLineTooLong() {
    const auto exchange = std::move(auth_);
    return protocolError(exchange ? replies::authLineTooLong() : replies::lineTooLong());
}

Step Session::onBareLineEnd() {
    return say(replies::bareLineEndInCommand(), Next::Close);
}

Step Session::onTls(const mail::TlsFacts& facts) {
    facts_.tls = facts;
    facts_.ehlo.reset();
    facts_.esmtp = false;
    facts_.user.reset();
    limits_ = {};
    abandonTransaction();
    return {std::nullopt, Next::ReadLine};
}

Step Session::shutDown() {
    return say(replies::shuttingDown());
}

Step Session::timedOut() {
    return say(replies::timedOut());
}

Phase Session::phase() const {
    if (barred_) return Phase::Barred;
    if (!facts_.ehlo) return Phase::Connected;
    if (!transaction_.isOpen()) return Phase::Greeted;
    return transaction_.envelope().recipients.empty() ? Phase::MailGiven : Phase::RcptGiven;
}

Step Session::obey(const Command& command) {
    const auto verb = std::visit([](const auto& c) { return c.verb; }, command);
    const auto order = orderOf(verb, phase());
    if (order != Order::Allowed) return protocolError(replies::outOfOrder(order));
    return std::visit([this](const auto& c) { return on(c); }, command);
}

Step Session::on(const command::Helo& helo) {
    facts_.ehlo = helo.name;
    facts_.esmtp = false;
    if (auto refused = refuseHello()) return *std::move(refused);
    return say(replies::helo(options_.hostname));
}

Step Session::on(const command::Ehlo& ehlo) {
    facts_.ehlo = ehlo.name;
    facts_.esmtp = true;
    if (auto refused = refuseHello()) return *std::move(refused);
    return say(
        replies::ehlo(options_.hostname, extensions(options_, facts_, ports_.authenticator)));
}

std::optional<Step> Session::refuseHello() {
    abandonTransaction();  // EHLO is RSET as well (RFC 5321 section 4.1.4)
    const auto verdict = ports_.gatekeeper.onEhlo(facts_);
    discardAll_ = discardAll_ || isDiscard(verdict);
    auto refused = objection(verdict);
    if (!refused) return std::nullopt;
    facts_.ehlo.reset();
    refused->reply = replies::withoutStatus(*std::move(refused->reply));
    return refused;
}

Step Session::on(const command::StartTls&) {
    if (facts_.tls) return protocolError(replies::tlsIsActive());
    if (!offersStartTls(options_, facts_)) return say(replies::tlsUnavailable());
    return say(replies::readyForTls(), Next::StartTls);
}

Step Session::on(const command::Auth& auth) {
    if (facts_.user) return protocolError(replies::alreadyAuthenticated());
    if (!facts_.tls) {
        const bool isMx = facts_.listener == mail::ListenerKind::Smtp;
        return protocolError(isMx ? replies::authNeedsTls() : replies::startTlsFirst());
    }
    const auto mechanism = saslMechanismFromString(auth.mechanism);
    const auto offered = saslMechanisms(facts_, ports_.authenticator);
    if (!mechanism || std::find(offered.begin(), offered.end(), *mechanism) == offered.end()) {
        return protocolError(replies::unknownMechanism());
    }
    auth_ = std::make_unique<AuthDialogue>(*mechanism, ports_.authenticator, facts_);
    return authStep(auth_->begin(auth.initialResponse));
}

Step Session::authStep(AuthDialogue::Progress progress) {
    if (const auto* challenge = std::get_if<SaslChallenge>(&progress)) {
        return say(replies::challenge(challenge->base64), Next::ReadSecret);
    }
    auth_.reset();
    if (const auto* fault = std::get_if<SaslFault>(&progress)) {
        return protocolError(replies::saslFault(*fault));
    }
    return authenticated(std::get<AuthAnswer>(std::move(progress)));
}

Step Session::authenticated(AuthAnswer answer) {
    switch (answer.outcome) {
        case AuthOutcome::Accepted:
            facts_.user = std::move(answer.user);
            limits_ = answer.limits;
            return say(replies::authenticated());
        case AuthOutcome::Rejected:
            return authFailed(replies::badCredentials());
        case AuthOutcome::Throttled:
            return authFailed(replies::authThrottled());
        case AuthOutcome::Unavailable:
            break;
    }
    return say(replies::authUnavailable());
}

Step Session::authFailed(mail::Reply reply) {
    const bool tooMany = ++authFailures_ > options_.maxAuthFailures;
    return say(tooMany ? replies::tooManyAuthFailures() : std::move(reply));
}

Step Session::on(const command::Mail& mail) {
    if (auto refused = refuseSender(mail)) return *std::move(refused);
    const auto verdict = ports_.gatekeeper.onMail(facts_, mail.path, mail.parameters);
    if (auto objected = objection(verdict)) return *std::move(objected);
    transaction_.begin(mail.path, mail.parameters);
    if (isDiscard(verdict) || discardAll_) transaction_.discard();
    return say(replies::senderOk());
}

std::optional<Step> Session::refuseSender(const command::Mail& mail) {
    const bool isSubmission = facts_.listener != mail::ListenerKind::Smtp;
    if (isSubmission && !facts_.tls) return protocolError(replies::startTlsFirst());
    if (isSubmission && !facts_.user) return protocolError(replies::authenticationRequired());
    if (!mail.asciiPath && !mail.parameters.smtputf8) {
        return protocolError(replies::needsSmtpUtf8());
    }
    if (isSubmission && isUnqualified(mail.path.mailbox())) {
        return say(replies::unqualifiedSender());
    }
    if (mail.parameters.size.value_or(0) > limits_.messageSize(options_.maxMessageSize)) {
        return say(replies::tooBig());
    }
    auto objected = objectionToOriginator(ports_.directory, facts_, mail.path);
    if (objected) return say(*std::move(objected));
    return std::nullopt;
}

Step Session::on(const command::Rcpt& rcpt) {
    if (auto refused = refuseRecipient(rcpt)) return *std::move(refused);
    const auto verdict = ports_.gatekeeper.onRcpt(facts_, rcpt.path, rcpt.parameters);
    if (auto objected = objection(verdict)) return *std::move(objected);
    transaction_.add(rcpt.path, rcpt.parameters);
    if (isDiscard(verdict)) transaction_.discard();
    return say(replies::recipientOk());
}

std::optional<Step> Session::refuseRecipient(const command::Rcpt& rcpt) {
    if (!rcpt.asciiPath && !transaction_.smtputf8()) {
        return protocolError(replies::needsSmtpUtf8());
    }
    const bool isSubmission = facts_.listener != mail::ListenerKind::Smtp;
    if (isSubmission && isUnqualified(rcpt.path.mailbox())) {
        return say(replies::unqualifiedRecipient());
    }
    if (transaction_.envelope().recipients.size() >= limits_.recipients(options_.maxRecipients)) {
        return say(replies::tooManyRecipients());
    }
    const auto answer = ports_.directory.lookUp(rcpt.path);
    switch (answer.standing) {
        case Standing::Local:
            return std::nullopt;
        case Standing::Remote:
            if (facts_.user) return std::nullopt;
            return say(replies::relayDenied());
        case Standing::UnknownUser:
            return unknownRecipient();
        case Standing::Disabled:
            return say(replies::mailboxDisabled());
        case Standing::Unusable:
            return because(answer, say(replies::recipientUnusable()));
        case Standing::TemporaryFailure:
            break;
    }
    return because(answer, say(replies::lookupFailed()));
}

Step Session::unknownRecipient() {
    const bool tooMany = ++unknownRecipients_ > options_.maxUnknownRecipients;
    return say(tooMany ? replies::tooManyUnknownRecipients() : replies::noSuchUser());
}

Step Session::on(const command::Data&) {
    return say(replies::startContent(), Next::ReadContent);
}

Step Session::onContent(Result<mail::MessageContent, ContentFault> content) {
    auto step = [&] {
        if (content && content->size() > limits_.messageSize(options_.maxMessageSize)) {
            return say(replies::tooBig());
        }
        if (content) return hand(*std::move(content));
        switch (content.error()) {
            case ContentFault::TooBig:
                return say(replies::tooBig());
            case ContentFault::BareLineEnd:
                return say(replies::bareLineEndInContent(), Next::Close);
            case ContentFault::NoRoom:
                return say(replies::noRoom());
            case ContentFault::StorageError:
                break;
        }
        return say(replies::storageFailed());
    }();
    if (!step.queued) abandonTransaction();
    transaction_.clear();  // whatever became of it (RFC 5321 section 4.1.1.4)
    return step;
}

Step Session::hand(mail::MessageContent content) {
    if (transaction_.isDiscarded()) return say(replies::discarded());
    const auto id = ports_.reception.accept(
        {facts_, transaction_.envelope(), std::move(content), ports_.gatekeeper});
    if (!id) return say(replies::refusal(id.error()));
    auto step = say(replies::queued(id->toString()));
    step.queued = *id;
    return step;
}

Step Session::on(const command::Rset&) {
    abandonTransaction();
    return say(replies::ok());
}

Step Session::on(const command::Noop&) {
    return say(replies::ok());
}

Step Session::on(const command::Vrfy&) {
    return say(replies::cannotVerify());  // the same for users and strangers (RFC 5321 section 7.3)
}

Step Session::on(const command::Expn&) {
    return say(replies::noExpansion());
}

Step Session::on(const command::Help&) {
    return say(replies::help());
}

Step Session::on(const command::Quit&) {
    return say(replies::bye(), Next::Close);
}

Step Session::on(const command::Foreign&) {
    return say(replies::foreignProtocol());
}

void Session::abandonTransaction() {
    if (transaction_.isOpen()) ports_.gatekeeper.onReset();
    transaction_.clear();
}

std::optional<Step> Session::objection(const mail::Verdict& verdict) {
    if (const auto* refuse = std::get_if<mail::Refuse>(&verdict)) {
        return say(replies::refusal(refuse->reply));
    }
    if (const auto* disconnect = std::get_if<mail::Disconnect>(&verdict)) {
        return say(replies::disconnection(disconnect->reply), Next::Close);
    }
    return std::nullopt;
}

Step Session::say(mail::Reply reply, Next next) const {
    if (reply.code == 421) next = Next::Close;
    if (!transaction_.smtputf8()) reply = replies::asciiOnly(std::move(reply));
    return {std::move(reply), next};
}

Step Session::protocolError(mail::Reply reply) {
    const bool tooMany = ++errors_ > options_.maxErrors;
    return say(tooMany ? replies::tooManyErrors() : std::move(reply));
}

}  // namespace postrider::smtp
