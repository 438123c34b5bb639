#include "server/smtp/sasl.h"

#include "common/base/text.h"
#include "server/smtp/scram_exchange.h"
#include "tests/fuzz/fuzz.h"

#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace postrider;

template <class Exchange>
bool completes(Exchange& exchange, std::string_view lines) {
    auto progress = exchange.begin(std::nullopt);
    for (const auto line : text::split(lines, '\n')) {
        if (!std::holds_alternative<smtp::SaslChallenge>(progress)) break;
        progress = exchange.respond(line);
    }
    return std::holds_alternative<smtp::SaslComplete>(progress);
}

void sendPassword(smtp::SaslMechanism mechanism, std::string_view lines) {
    smtp::SaslExchange exchange{mechanism};
    if (!completes(exchange, lines)) return;
    fuzz::promise(!exchange.login().authenticationId.empty());
    fuzz::promise(!exchange.login().password.empty());
}

void prove(smtp::SaslMechanism mechanism, std::string_view lines) {
    const std::string nobodys(32, 'k');
    smtp::ScramExchange exchange{
        mechanism, "of the TLS session", [&](const std::string&) {
            return std::optional{smtp::ScramVerifier{4096, "salt", nobodys, nobodys}};
        }};
    if (!completes(exchange, lines)) return;
    fuzz::promise(!exchange.login().authenticationId.empty());
    fuzz::promise(exchange.login().proof != smtp::ScramProof::Right);
}

}  // namespace

/// The first octet chooses the mechanism, the lines behind it are the client's answers. A login
/// that comes out has a name and a password; nobody proves to know a password that there is not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    using smtp::SaslMechanism;
    const auto lines = fuzz::textOf(data, size).substr(1);
    const bool first = (data[0] & 1U) != 0;
    if ((data[0] & 2U) != 0) {
        prove(first ? SaslMechanism::ScramSha256 : SaslMechanism::ScramSha256Plus, lines);
    } else {
        sendPassword(first ? SaslMechanism::Plain : SaslMechanism::Login, lines);
    }
    return 0;
}
