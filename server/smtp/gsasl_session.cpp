#include "server/smtp/gsasl_session.h"

#include "common/base/text.h"

#include <cstring>
#include <exception>
#include <gsasl.h>
#include <new>
#include <stdexcept>
#include <utility>

namespace postrider::smtp {

void GsaslSession::ContextDeleter::operator()(Gsasl* context) const noexcept {
    gsasl_done(context);
}

void GsaslSession::SessionDeleter::operator()(Gsasl_session* session) const noexcept {
    // gsasl_finish frees the password, in a buffer of the session's own, without wiping it.
    if (const char* password = gsasl_property_fast(session, GSASL_PASSWORD)) {
        ::explicit_bzero(const_cast<char*>(password), std::strlen(password));
    }
    gsasl_finish(session);
}

GsaslSession::GsaslSession(SaslMechanism mechanism, VerifierOf verifierOf)
    : verifierOf_(std::move(verifierOf)) {
    Gsasl* context = nullptr;
    if (gsasl_init(&context) != GSASL_OK) throw std::runtime_error("gsasl_init failed");
    context_.reset(context);
    gsasl_callback_set(context, [](Gsasl* asking, Gsasl_session* session, Gsasl_property property) {
        return onQuestion(asking, session, property);
    });
    const std::string name{toString(mechanism)};
    Gsasl_session* session = nullptr;
    if (gsasl_server_start(context, name.c_str(), &session) != GSASL_OK) {
        throw std::runtime_error("GNU SASL lacks the mechanism " + name);
    }
    session_.reset(session);
    gsasl_session_hook_set(session, this);
}

GsaslSession::~GsaslSession() = default;

void GsaslSession::bindTo(std::string_view channelBinding) {
    set(GSASL_CB_TLS_EXPORTER, text::toBase64(channelBinding));
}

int GsaslSession::onQuestion(Gsasl* /*context*/, Gsasl_session* session, int property) noexcept {
    switch (property) {
        case GSASL_VALIDATE_SIMPLE:
            // It asks whether a login is right. It is told yes: the answer is sought afterwards,
            // where an exception may fly and an Authenticator may wait.
            return GSASL_OK;
        case GSASL_SCRAM_ITER: {
            // The first that it asks for once it knows the user.
            auto* self = static_cast<GsaslSession*>(gsasl_session_hook_get(session));
            return self->provideVerifier() ? GSASL_OK : GSASL_NO_CALLBACK;
        }
        default:
            return GSASL_NO_CALLBACK;
    }
}

bool GsaslSession::provideVerifier() {
    try {
        const auto verifier = verifierOf_ ? verifierOf_(authenticationId()) : std::nullopt;
        if (!verifier) return false;
        set(GSASL_SCRAM_ITER, std::to_string(verifier->iterations));
        set(GSASL_SCRAM_SALT, text::toBase64(verifier->salt));
        set(GSASL_SCRAM_STOREDKEY, text::toBase64(verifier->storedKey));
        set(GSASL_SCRAM_SERVERKEY, text::toBase64(verifier->serverKey));
        return true;
    } catch (...) {
        thrown_ = std::current_exception();
        return false;
    }
}

GsaslSession::Answer GsaslSession::step(std::string_view message) {
    char* output = nullptr;
    std::size_t length = 0;
    const int code = gsasl_step(session_.get(), message.data(), message.size(), &output, &length);
    const std::unique_ptr<char, decltype(&gsasl_free)> owner{output, gsasl_free};
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    switch (code) {
        case GSASL_NEEDS_MORE:
            return {State::GoesOn, {output, length}};
        case GSASL_OK:
            return {State::Done, {output, length}};
        case GSASL_AUTHENTICATION_ERROR:
            return {State::Rejected, ""};
        case GSASL_MALLOC_ERROR:
            throw std::bad_alloc();
        default:
            return {State::Malformed, ""};
    }
}

std::string GsaslSession::authenticationId() const {
    return get(GSASL_AUTHID);
}

std::string GsaslSession::authorizationId() const {
    return get(GSASL_AUTHZID);
}

std::string GsaslSession::password() const {
    return get(GSASL_PASSWORD);
}

void GsaslSession::set(int name, const std::string& value) {
    const int code =
        gsasl_property_set(session_.get(), static_cast<Gsasl_property>(name), value.c_str());
    if (code != GSASL_OK) throw std::bad_alloc();
}

std::string GsaslSession::get(int name) const {
    const char* value = gsasl_property_fast(session_.get(), static_cast<Gsasl_property>(name));
    return value == nullptr ? std::string{} : std::string{value};
}

}  // namespace postrider::smtp
