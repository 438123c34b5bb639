#include "server/smtp/extensions.h"

#include "server/smtp/sasl.h"

namespace postrider::smtp {

bool offersStartTls(const SessionOptions& options, const mail::SessionFacts& facts) {
    return options.tlsAvailable && !facts.tls && facts.listener != mail::ListenerKind::Submissions;
}

std::vector<std::string> extensions(const SessionOptions& options,
                                    const mail::SessionFacts& facts) {
    std::vector<std::string> keywords{
        "PIPELINING",
        "SIZE " + std::to_string(options.maxMessageSize),
        "8BITMIME",
        "SMTPUTF8",
        "ENHANCEDSTATUSCODES",
        "HELP",
    };
    if (offersStartTls(options, facts)) keywords.emplace_back("STARTTLS");
    if (facts.tls && !facts.user) keywords.push_back("AUTH " + std::string{saslMechanisms});
    return keywords;
}

}  // namespace postrider::smtp
