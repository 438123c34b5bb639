#pragma once

#include "server/smtp/ports.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace postrider::smtp {

class GsaslSession;

enum class SaslMechanism { ScramSha256Plus, ScramSha256, Plain, Login };
/// As the AUTH keyword of EHLO lists it, and GNU SASL knows it.
[[nodiscard]] std::string_view toString(SaslMechanism mechanism);
/// In any case; nothing for what we do not have.
[[nodiscard]] std::optional<SaslMechanism> saslMechanismFromString(std::string_view name);

/// The server asks on.
struct SaslChallenge {
    std::string base64;  ///< perhaps empty
};
/// The client has said all; login() of the exchange tells what.
struct SaslComplete {};
enum class SaslFault {
    Cancelled,  ///< the client sent `*`
    NotBase64,
    Malformed,  ///< base64 of something that the mechanism forbids
};
using SaslProgress = std::variant<SaslChallenge, SaslComplete, SaslFault>;

/// One AUTH exchange in which the client sends its password: PLAIN (RFC 4616) and the old LOGIN,
/// with the framing of RFC 4954 section 4. Only takes the login in; whether it is right is the
/// Authenticator's matter.
///
/// One object for each try, one thread. After SaslComplete or SaslFault it is done with. Wipes the
/// password when it dies.
class SaslExchange {
public:
    /// `mechanism` is Plain or Login. Throws std::runtime_error when the library cannot start it.
    explicit SaslExchange(SaslMechanism mechanism);
    ~SaslExchange();
    SaslExchange(const SaslExchange&) = delete;
    SaslExchange& operator=(const SaslExchange&) = delete;
    SaslExchange(SaslExchange&&) = delete;
    SaslExchange& operator=(SaslExchange&&) = delete;

    /// `initialResponse` is what stood behind the mechanism: base64, "=" for an empty one, or
    /// nothing.
    SaslProgress begin(std::optional<std::string_view> initialResponse);
    /// A line of the client.
    SaslProgress respond(std::string_view line);

    /// Only after SaslComplete.
    [[nodiscard]] const PasswordLogin& login() const noexcept { return login_; }

private:
    SaslProgress decodeAndStep(std::string_view base64);
    SaslProgress plainMessage(std::string_view message);
    SaslProgress step(std::string_view message);
    /// The login is there; neither name nor password may be empty (RFC 4616 section 2).
    [[nodiscard]] SaslProgress complete() const;

    SaslMechanism mechanism_;
    std::unique_ptr<GsaslSession> session_;  ///< null for PLAIN
    PasswordLogin login_;
};

}  // namespace postrider::smtp
