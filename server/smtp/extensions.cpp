#include "server/smtp/extensions.h"

#include "common/mail/date.h"
#include "server/smtp/auth_dialogue.h"

namespace postrider::smtp {

bool offersStartTls(const SessionOptions& options, const mail::SessionFacts& facts) {
    return options.tlsAvailable && !facts.tls && facts.listener != mail::ListenerKind::Submissions;
}

bool offersFutureRelease(const SessionOptions& options, const mail::SessionFacts& facts) {
    return options.maxHold.count() > 0 && facts.tls && facts.listener != mail::ListenerKind::Smtp;
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
        "BINARYMIME",
        "CHUNKING",
        "SMTPUTF8",
        "DSN",
        "ENHANCEDSTATUSCODES",
        "LIMITS RCPTMAX=" + std::to_string(options.maxRecipients),
        "HELP",
    };
    if (facts.tls) keywords.emplace_back("REQUIRETLS");
    if (offersFutureRelease(options, facts)) {
        keywords.push_back("FUTURERELEASE " + std::to_string(options.maxHold.count()) + " " +
                           mail::formatIsoTime(options.begin + options.maxHold));
    }
    if (offersStartTls(options, facts)) keywords.emplace_back("STARTTLS");
    if (facts.tls && !facts.user) keywords.push_back(authKeyword(facts, authenticator));
    return keywords;
}

}  // namespace postrider::smtp
