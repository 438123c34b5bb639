#pragma once

#include "server/smtp/gsasl_session.h"
#include "server/smtp/sasl.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider::smtp {

/// One AUTH exchange in which the client proves to know its password without sending it:
/// SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677) with the channel binding tls-exporter
/// (RFC 9266). What follows from the proof is the Authenticator's matter.
///
/// The proof is right also when a client takes SCRAM-SHA-256 though -PLUS was offered, as long as
/// it does not claim to have seen no -PLUS.
///
/// One object for each try, one thread. After SaslComplete or SaslFault it is done with.
class ScramExchange {
public:
    /// `channelBinding` is not empty where -PLUS is offered. `verifierOf` is asked once, with the
    /// client's first message; where it has nothing the exchange ends as Malformed. Throws
    /// std::runtime_error when the library cannot start the mechanism.
    ScramExchange(SaslMechanism mechanism, std::string_view channelBinding,
                  GsaslSession::VerifierOf verifierOf);

    /// As SaslExchange.
    SaslProgress begin(std::optional<std::string_view> initialResponse);
    SaslProgress respond(std::string_view line);

    /// Only after SaslComplete.
    [[nodiscard]] const ScramLogin& login() const noexcept { return login_; }

private:
    enum class Awaits { ClientFirst, ClientFinal, Acknowledgement };

    SaslProgress onClientFirst(std::string_view message);
    SaslProgress onClientFinal(std::string_view message);
    /// What the client says of channel binding in front of its first message (RFC 5802 section 6).
    [[nodiscard]] bool isBindingFlagAllowed(std::string_view message) const;
    SaslProgress complete(ScramProof proof);

    bool offersPlus_;
    bool isPlus_;
    bool downgraded_ = false;
    bool known_ = false;  ///< verifierOf had an answer
    Awaits awaits_ = Awaits::ClientFirst;
    ScramLogin login_;
    GsaslSession session_;
};

}  // namespace postrider::smtp
