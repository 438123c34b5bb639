#include "server/smtp/session.h"

#include "common/base/text.h"
#include "server/smtp/extensions.h"
#include "server/smtp/originator_check.h"
#include "server/smtp/relaying.h"
#include "server/smtp/replies.h"
#include "server/smtp/submitter_check.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace postrider::smtp {

namespace {

bool isDiscard(const mail::Verdict& verdict) {
    return std::holds_alternative<mail::Discard>(verdict);
}

Step because(std::string reason, Step refused) {
    refused.reason = std::move(reason);
    return refused;
}

}  // namespace

Session::Session(SessionOptions options, Ports ports, mail::SessionFacts facts)
    : options_(std::move(options)), ports_(ports), facts_(std::move(facts)) {}

Step Session::greet() {
    if (facts_.spokeFirst && options_.refuseEarlyTalkers) {
        barred_ = true;
        return say(replies::earlyTalker());
    }
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
    abandonTransaction();
    facts_.tls = facts;
    facts_.ehlo.reset();
    facts_.esmtp = false;
    facts_.user.reset();
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
    if (transaction_.isChunked()) return Phase::ChunkGiven;
    return transaction_.envelope().recipients.empty() ? Phase::MailGiven : Phase::RcptGiven;
}

Step Session::obey(const Command& command) {
    const auto verb = std::visit([](const auto& c) { return c.verb; }, command);
    const auto order = orderOf(verb, phase());
    if (order != Order::Allowed) return outOfOrder(command, order);
    return std::visit([this](const auto& c) { return on(c); }, command);
}

Step Session::outOfOrder(const Command& command, Order order) {
    const auto* bdat = std::get_if<command::Bdat>(&command);
    if (bdat == nullptr) return protocolError(replies::outOfOrder(order));
    // Chunks that were sent before the client could hear of the first refusal are no new mistake.
    const auto& refused = transaction_.refusal();
    return refuseChunk(*bdat, refused ? say(*refused) : protocolError(replies::outOfOrder(order)));
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
            options_.maxMessageSize = answer.limits.messageSize(options_.maxMessageSize);
            options_.maxRecipients = answer.limits.recipients(options_.maxRecipients);
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
    if (auto refused = refuseSender(mail, options_, facts_)) return refuse(*std::move(refused));
    if (auto barred = objectionToSubmitter(ports_.authenticator, facts_)) {
        return because(std::move(barred->reason), say(std::move(barred->reply)));
    }
    auto notTheirs = objectionToOriginator(ports_.directory, facts_, mail.path);
    if (notTheirs) return say(*std::move(notTheirs));
    const auto verdict = ports_.gatekeeper.onMail(facts_, mail.path, mail.parameters);
    if (auto objected = objection(verdict)) {
        ports_.gatekeeper.onReset();  // of those who had seen this MAIL before one objected
        return *std::move(objected);
    }
    transaction_.begin(mail.path, mail.parameters);
    if (isDiscard(verdict) || discardAll_) transaction_.discard();
    return say(replies::senderOk());
}

Step Session::on(const command::Rcpt& rcpt) {
    if (auto refused = refuseRecipient(rcpt, transaction_, options_, facts_)) {
        return refuse(*std::move(refused));
    }
    if (auto refused = askDirectory(rcpt.path)) return *std::move(refused);
    const auto verdict = ports_.gatekeeper.onRcpt(facts_, rcpt.path, rcpt.parameters);
    if (auto objected = objection(verdict)) return *std::move(objected);
    transaction_.add(rcpt.path, rcpt.parameters);
    if (isDiscard(verdict)) transaction_.discard();
    return say(replies::recipientOk());
}

std::optional<Step> Session::askDirectory(const mail::ForwardPath& path) {
    const auto answer = ports_.directory.lookUp(path);
    switch (answer.standing) {
        case Standing::Local:
            return std::nullopt;
        case Standing::Remote:
            if (mayRelay(facts_)) return std::nullopt;
            return say(replies::relayDenied());
        case Standing::UnknownUser:
            return because(answer.reason, unknownRecipient());
        case Standing::Disabled:
            return because(answer.reason, say(replies::mailboxDisabled()));
        case Standing::Unusable:
            return because(answer.reason, say(replies::recipientUnusable()));
        case Standing::TemporaryFailure:
            break;
    }
    return because(answer.reason, say(replies::lookupFailed()));
}

Step Session::unknownRecipient() {
    const bool tooMany = ++unknownRecipients_ > options_.maxUnknownRecipients;
    return say(tooMany ? replies::tooManyUnknownRecipients() : replies::noSuchUser());
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

Step Session::refuse(Refusal refusal) {
    if (refusal.kind == Refusal::Kind::Mistake) return protocolError(std::move(refusal.reply));
    return say(std::move(refusal.reply));
}

}  // namespace postrider::smtp
