#pragma once

#include "server/smtp/sasl.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct Gsasl;
struct Gsasl_session;

namespace postrider::smtp {

/// The server side of one mechanism in GNU SASL, and the only door to that library. One thread.
class GsaslSession {
public:
    /// Answers GNU SASL when it asks for what a user's password left behind.
    using VerifierOf = std::function<std::optional<ScramVerifier>(const std::string& user)>;

    /// `verifierOf` is asked by the SCRAM mechanisms only, once, while step() runs. Throws
    /// std::runtime_error when the library cannot start the mechanism.
    explicit GsaslSession(SaslMechanism mechanism, VerifierOf verifierOf = {});
    ~GsaslSession();
    GsaslSession(const GsaslSession&) = delete;
    GsaslSession& operator=(const GsaslSession&) = delete;

    /// The octets of tls-exporter (RFC 9266); before the first step.
    void bindTo(std::string_view channelBinding);

    enum class State { GoesOn, Done, Rejected, Malformed };
    struct Answer {
        State state = State::Malformed;
        std::string message;  ///< for the client; not base64
    };
    /// `message` is not base64. Throws what `verifierOf` throws, std::bad_alloc.
    Answer step(std::string_view message);

    [[nodiscard]] std::string authenticationId() const;
    [[nodiscard]] std::string authorizationId() const;
    [[nodiscard]] std::string password() const;

private:
    struct ContextDeleter {
        void operator()(Gsasl* context) const noexcept;
    };
    struct SessionDeleter {
        void operator()(Gsasl_session* session) const noexcept;
    };

    static int onQuestion(Gsasl* context, Gsasl_session* session, int property) noexcept;
    bool provideVerifier();
    void set(int name, const std::string& value);
    [[nodiscard]] std::string get(int name) const;

    VerifierOf verifierOf_;
    std::exception_ptr thrown_;  ///< by verifierOf_, under C code that knows no exceptions
    std::unique_ptr<Gsasl, ContextDeleter> context_;
    std::unique_ptr<Gsasl_session, SessionDeleter> session_;
};

}  // namespace postrider::smtp
