#include "server/smtp/scram_exchange.h"

#include "common/base/text.h"

#include <utility>

namespace postrider::smtp {

ScramExchange::ScramExchange(SaslMechanism mechanism, std::string_view channelBinding,
                             GsaslSession::VerifierOf verifierOf)
    : offersPlus_(!channelBinding.empty()),
      isPlus_(mechanism == SaslMechanism::ScramSha256Plus),
      session_(mechanism, [this, ask = std::move(verifierOf)](const std::string& user) {
          auto verifier = ask(user);
          known_ = verifier.has_value();
          return verifier;
      }) {
    login_.mechanism = toString(mechanism);
    if (isPlus_) session_.bindTo(channelBinding);
}

SaslProgress ScramExchange::begin(std::optional<std::string_view> initialResponse) {
    if (!initialResponse) return SaslChallenge{};
    return respond(*initialResponse == "=" ? "" : *initialResponse);
}

SaslProgress ScramExchange::respond(std::string_view line) {
    if (line == "*") return SaslFault::Cancelled;
    const auto message = text::fromBase64(line);
    if (!message) return SaslFault::NotBase64;
    switch (awaits_) {
        case Awaits::ClientFirst:
            return onClientFirst(*message);
        case Awaits::ClientFinal:
            return onClientFinal(*message);
        case Awaits::Acknowledgement:
            break;
    }
    // The server's signature went out as a challenge; there is nothing to say to it (RFC 4954
    // section 4).
    if (!message->empty()) return SaslFault::Malformed;
    return complete(ScramProof::Right);
}

bool ScramExchange::isBindingFlagAllowed(std::string_view message) const {
    if (isPlus_) return message.starts_with("p=tls-exporter,");
    return message.starts_with("n,") || message.starts_with("y,");
}

SaslProgress ScramExchange::onClientFirst(std::string_view message) {
    if (!isBindingFlagAllowed(message)) return SaslFault::Malformed;
    // GNU SASL does not know what EHLO offered.
    downgraded_ = offersPlus_ && message.starts_with("y,");
    auto answer = session_.step(message);
    if (answer.state != GsaslSession::State::GoesOn || !known_) return SaslFault::Malformed;
    awaits_ = Awaits::ClientFinal;
    return SaslChallenge{text::toBase64(answer.message)};
}

SaslProgress ScramExchange::onClientFinal(std::string_view message) {
    const auto answer = session_.step(message);
    switch (answer.state) {
        case GsaslSession::State::Rejected:
            return complete(ScramProof::Wrong);
        case GsaslSession::State::GoesOn:
        case GsaslSession::State::Malformed:
            return SaslFault::Malformed;
        case GsaslSession::State::Done:
            break;
    }
    // Nothing that proves who we are for a session that somebody meddles with.
    if (downgraded_) return complete(ScramProof::Downgraded);
    awaits_ = Awaits::Acknowledgement;
    return SaslChallenge{text::toBase64(answer.message)};
}

SaslProgress ScramExchange::complete(ScramProof proof) {
    login_.proof = proof;
    login_.authenticationId = session_.authenticationId();
    login_.authorizationId = session_.authorizationId();
    return SaslComplete{};
}

}  // namespace postrider::smtp
