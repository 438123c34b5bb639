#include "server/smtp/extensions.h"

#include "server/smtp/auth_dialogue.h"

namespace postrider::smtp {

bool offersStartTls(const SessionOptions& options, const mail::SessionFacts& facts) {
    return options.tlsAvailable && !facts.tls && facts.listener != mail::ListenerKind::Submissions;
}

namespace {

std::string authKeyword(const mail::SessionFacts& facts, const Authenticator& authenticator) {
    std::string keyword = "AUTH";
    for (const auto mechanism : saslMechanisms(facts, authenticator))
        keyword.append(" ").append(toString(mechanism));
    return keyword;
}

}  // namespace

std::vector<std::string> extensions(const SessionOptions& options, const mail::SessionFacts& facts,
                                    const Authenticator& authenticator) {
    std::vector<std::string> keywords{
        "PIPELINING",
        "SIZE " + std::to_string(options.maxMessageSize),
        "8BITMIME",
        "SMTPUTF8",
        "ENHANCEDSTATUSCODES",
        "HELP",
    };
    if (offersStartTls(options, facts)) keywords.emplace_back("STARTTLS");
    if (facts.tls && !facts.user) keywords.push_back(authKeyword(facts, authenticator));
    return keywords;
}

}  // namespace postrider::smtp
