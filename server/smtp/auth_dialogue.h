#pragma once

#include "server/smtp/sasl.h"
#include "server/smtp/scram_exchange.h"

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace postrider::smtp {

/// The mechanisms that a client may use now, best first: SCRAM where somebody can use it, -PLUS
/// where the TLS session can be bound to. Nothing outside TLS.
[[nodiscard]] std::vector<SaslMechanism> saslMechanisms(const mail::SessionFacts& facts,
                                                        const Authenticator& authenticator);

/// One AUTH command and the lines behind it (RFC 4954 section 4): the SASL exchange, and what the
/// Authenticator says to its result.
///
/// An exchange that fails without a result (cancelled, malformed) is not counted as a guess: it
/// tells the client nothing. One thread; `authenticator` and `facts` are lent for its lifetime.
class AuthDialogue {
public:
    /// Throws std::runtime_error when the library cannot start the mechanism.
    AuthDialogue(SaslMechanism mechanism, Authenticator& authenticator,
                 const mail::SessionFacts& facts);

    using Progress = std::variant<SaslChallenge, SaslFault, AuthAnswer>;
    /// As SaslExchange. Throws what the Authenticator throws.
    Progress begin(std::optional<std::string_view> initialResponse);
    Progress respond(std::string_view line);

private:
    std::optional<ScramVerifier> verifierOf(const std::string& user);
    Progress conclude(const SaslProgress& progress);

    Authenticator& authenticator_;
    const mail::SessionFacts& facts_;
    std::optional<AuthOutcome> refused_;  ///< instead of a verifier
    std::optional<SaslExchange> password_;
    std::optional<ScramExchange> scram_;  ///< the other one of the two
};

}  // namespace postrider::smtp
