#include "server/smtp/auth_dialogue.h"

#include "common/mail/mailbox.h"

namespace postrider::smtp {

namespace {

/// Whether the name is a spelling of this user's (RFC 8265 section 3.3, IDNA).
bool means(const std::string& name, const std::string& user) {
    const auto mailbox = mail::Mailbox::parse(name);
    if (!mailbox || mailbox->domain() == nullptr) return name == user;
    const auto local = mailbox->localpart().canonical();
    return local && *local + "@" + mailbox->domain()->ascii() == user;
}

/// A client that logs in as one user and asks to act as another (RFC 4616 section 2, RFC 5802
/// section 5.1).
template <class Login>
bool actsAsAnother(const Login& login, const std::string& user) {
    return !login.authorizationId.empty() && login.authorizationId != login.authenticationId &&
           !means(login.authorizationId, user);
}

template <class Login>
AuthAnswer answerTo(const Login& login, Authenticator& authenticator,
                    const mail::SessionFacts& facts) {
    auto answer = authenticator.authenticate(login, facts);
    const bool accepted = answer.outcome == AuthOutcome::Accepted;
    if (accepted && actsAsAnother(login, answer.user)) return {AuthOutcome::Rejected};
    return answer;
}

}  // namespace

std::vector<SaslMechanism> saslMechanisms(const mail::SessionFacts& facts,
                                          const Authenticator& authenticator) {
    if (!facts.tls) return {};
    std::vector<SaslMechanism> mechanisms;
    if (authenticator.knowsScram()) {
        if (!facts.tls->channelBinding.empty()) {
            mechanisms.push_back(SaslMechanism::ScramSha256Plus);
        }
        mechanisms.push_back(SaslMechanism::ScramSha256);
    }
    mechanisms.push_back(SaslMechanism::Plain);
    mechanisms.push_back(SaslMechanism::Login);
    return mechanisms;
}

AuthDialogue::AuthDialogue(SaslMechanism mechanism, Authenticator& authenticator,
                           const mail::SessionFacts& facts)
    : authenticator_(authenticator), facts_(facts) {
    switch (mechanism) {
        case SaslMechanism::Plain:
        case SaslMechanism::Login:
            password_.emplace(mechanism);
            break;
        case SaslMechanism::ScramSha256:
        case SaslMechanism::ScramSha256Plus:
            scram_.emplace(mechanism, facts.tls ? facts.tls->channelBinding : "",
                           [this](const std::string& user) { return verifierOf(user); });
            break;
    }
}

AuthDialogue::Progress AuthDialogue::begin(std::optional<std::string_view> initialResponse) {
    return conclude(password_ ? password_->begin(initialResponse) : scram_->begin(initialResponse));
}

AuthDialogue::Progress AuthDialogue::respond(std::string_view line) {
    return conclude(password_ ? password_->respond(line) : scram_->respond(line));
}

std::optional<ScramVerifier> AuthDialogue::verifierOf(const std::string& user) {
    auto verifier = authenticator_.verifierOf(user, facts_);
    if (verifier) return std::move(*verifier);
    refused_ = verifier.error();
    return std::nullopt;
}

AuthDialogue::Progress AuthDialogue::conclude(const SaslProgress& progress) {
    if (refused_) return AuthAnswer{*refused_};
    if (const auto* challenge = std::get_if<SaslChallenge>(&progress)) return *challenge;
    if (const auto* fault = std::get_if<SaslFault>(&progress)) return *fault;
    return password_ ? answerTo(password_->login(), authenticator_, facts_)
                     : answerTo(scram_->login(), authenticator_, facts_);
}

}  // namespace postrider::smtp
