#include "server/smtp/sasl.h"

#include "common/base/text.h"
#include "tests/fuzz/fuzz.h"

/// The first octet chooses the mechanism, the lines behind it are the client's answers. A login
/// that comes out has a name and a password.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    if (size == 0) return 0;
    const auto plain = (data[0] & 1U) != 0;
    smtp::SaslExchange exchange{plain ? smtp::SaslMechanism::Plain : smtp::SaslMechanism::Login};
    auto progress = exchange.begin(std::nullopt);
    for (const auto line : text::split(fuzz::textOf(data, size).substr(1), '\n')) {
        if (!std::holds_alternative<smtp::SaslChallenge>(progress)) break;
        progress = exchange.respond(line);
    }
    if (std::holds_alternative<smtp::SaslComplete>(progress)) {
        fuzz::promise(!exchange.login().authenticationId.empty());
        fuzz::promise(!exchange.login().password.empty());
    }
    return 0;
}
