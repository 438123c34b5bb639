#include "server/smtp/sasl.h"

#include "common/base/text.h"

#include <cstring>
#include <gsasl.h>
#include <new>
#include <stdexcept>

namespace postrider::smtp {

namespace {

const char* nameOf(SaslMechanism mechanism) {
    switch (mechanism) {
        case SaslMechanism::Plain:
            return "PLAIN";
        case SaslMechanism::Login:
            return "LOGIN";
    }
    return "";
}

void wipe(std::string& secret) {
    ::explicit_bzero(secret.data(), secret.size());
    secret.clear();
}

/// GNU SASL asks whether a login is right from inside its C code. It is told yes: the answer is
/// sought afterwards, where an exception may fly and an Authenticator may wait.
int callback(Gsasl*, Gsasl_session*, Gsasl_property property) noexcept {
    return property == GSASL_VALIDATE_SIMPLE ? GSASL_OK : GSASL_NO_CALLBACK;
}

}  // namespace

std::optional<SaslMechanism> saslMechanismFromString(std::string_view name) {
    for (const auto mechanism : {SaslMechanism::Plain, SaslMechanism::Login}) {
        if (text::equalsIgnoreCase(name, nameOf(mechanism))) return mechanism;
    }
    return std::nullopt;
}

void SaslExchange::ContextDeleter::operator()(Gsasl* context) const noexcept {
    gsasl_done(context);
}

void SaslExchange::SessionDeleter::operator()(Gsasl_session* session) const noexcept {
    // gsasl_finish frees the password, in a buffer of the session's own, without wiping it.
    if (const char* password = gsasl_property_fast(session, GSASL_PASSWORD)) {
        ::explicit_bzero(const_cast<char*>(password), std::strlen(password));
    }
    gsasl_finish(session);
}

SaslExchange::SaslExchange(SaslMechanism mechanism) : mechanism_(mechanism) {
    if (mechanism == SaslMechanism::Plain) return;
    Gsasl* context = nullptr;
    if (gsasl_init(&context) != GSASL_OK) throw std::runtime_error("gsasl_init failed");
    context_.reset(context);
    gsasl_callback_set(context, callback);
    Gsasl_session* session = nullptr;
    if (gsasl_server_start(context, nameOf(mechanism), &session) != GSASL_OK) {
        throw std::runtime_error(std::string{"GNU SASL lacks the mechanism "} + nameOf(mechanism));
    }
    session_.reset(session);
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
    char* output = nullptr;
    std::size_t length = 0;
    const int code = gsasl_step(session_.get(), message.data(), message.size(), &output, &length);
    if (code == GSASL_MALLOC_ERROR) throw std::bad_alloc();
    if (code != GSASL_OK && code != GSASL_NEEDS_MORE) return SaslFault::Malformed;
    const std::unique_ptr<char, decltype(&gsasl_free)> owner{output, gsasl_free};
    if (code == GSASL_NEEDS_MORE) {
        return SaslChallenge{length == 0 ? "" : text::toBase64({output, length})};
    }
    login_.authenticationId = property(GSASL_AUTHID);
    login_.password = property(GSASL_PASSWORD);
    return complete();
}

std::string SaslExchange::property(int name) const {
    const char* value = gsasl_property_fast(session_.get(), static_cast<Gsasl_property>(name));
    return value == nullptr ? std::string{} : std::string{value};
}

}  // namespace postrider::smtp
