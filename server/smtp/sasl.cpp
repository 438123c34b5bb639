#include "server/smtp/sasl.h"

#include "common/base/text.h"
#include "server/smtp/gsasl_session.h"

#include <cstring>

namespace postrider::smtp {

namespace {

void wipe(std::string& secret) {
    ::explicit_bzero(secret.data(), secret.size());
    secret.clear();
}

}  // namespace

std::string_view toString(SaslMechanism mechanism) {
    switch (mechanism) {
        case SaslMechanism::ScramSha256Plus:
            return "SCRAM-SHA-256-PLUS";
        case SaslMechanism::ScramSha256:
            return "SCRAM-SHA-256";
        case SaslMechanism::Plain:
            return "PLAIN";
        case SaslMechanism::Login:
            return "LOGIN";
    }
    return "";
}

std::optional<SaslMechanism> saslMechanismFromString(std::string_view name) {
    for (const auto mechanism : {SaslMechanism::ScramSha256Plus, SaslMechanism::ScramSha256,
                                 SaslMechanism::Plain, SaslMechanism::Login}) {
        if (text::equalsIgnoreCase(name, toString(mechanism))) return mechanism;
    }
    return std::nullopt;
}

SaslExchange::SaslExchange(SaslMechanism mechanism) : mechanism_(mechanism) {
    if (mechanism != SaslMechanism::Plain) session_ = std::make_unique<GsaslSession>(mechanism);
}

SaslExchange::~SaslExchange() {
    wipe(login_.password);
}

SaslProgress SaslExchange::begin(std::optional<std::string_view> initialResponse) {
    if (mechanism_ == SaslMechanism::Plain) {
        if (!initialResponse) return SaslChallenge{};
        return decodeAndStep(*initialResponse == "=" ? "" : *initialResponse);
    }
    // The server of LOGIN speaks first. Clients that answer the first challenge before it is asked
    // are common; for them it is passed over.
    auto question = step("");
    if (!initialResponse) return question;
    return decodeAndStep(*initialResponse == "=" ? "" : *initialResponse);
}

SaslProgress SaslExchange::respond(std::string_view line) {
    if (line == "*") return SaslFault::Cancelled;
    return decodeAndStep(line);
}

SaslProgress SaslExchange::decodeAndStep(std::string_view base64) {
    auto message = text::fromBase64(base64);
    if (!message) return SaslFault::NotBase64;
    // Given nothing, GNU SASL would ask again for ever; neither mechanism has a use for it.
    if (message->empty()) return SaslFault::Malformed;
    auto progress = mechanism_ == SaslMechanism::Plain ? plainMessage(*message) : step(*message);
    wipe(*message);
    return progress;
}

SaslProgress SaslExchange::plainMessage(std::string_view message) {
    const auto fields = text::split(message, '\0');
    if (fields.size() != 3) return SaslFault::Malformed;
    login_.authorizationId = fields[0];
    login_.authenticationId = fields[1];
    login_.password = fields[2];
    return complete();
}

SaslProgress SaslExchange::complete() const {
    if (login_.authenticationId.empty() || login_.password.empty()) return SaslFault::Malformed;
    return SaslComplete{};
}

SaslProgress SaslExchange::step(std::string_view message) {
    const auto answer = session_->step(message);
    switch (answer.state) {
        case GsaslSession::State::GoesOn:
            return SaslChallenge{text::toBase64(answer.message)};
        case GsaslSession::State::Rejected:
        case GsaslSession::State::Malformed:
            return SaslFault::Malformed;
        case GsaslSession::State::Done:
            break;
    }
    login_.authenticationId = session_->authenticationId();
    login_.password = session_->password();
    return complete();
}

}  // namespace postrider::smtp
