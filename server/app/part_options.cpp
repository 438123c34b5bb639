#include "server/app/part_options.h"

#include "server/net/nat_suspects.h"

#include <algorithm>

namespace postrider::app {

namespace {

const config::ListenerRules& rulesOf(const config::Config& config, mail::ListenerKind kind) {
    switch (kind) {
        case mail::ListenerKind::Smtp:
            return config.smtpRules;
        case mail::ListenerKind::Submission:
            return config.submissionRules;
        case mail::ListenerKind::Submissions:
            break;
    }
    return config.submissionsRules;
}

}  // namespace

queue::QueueStoreOptions storeOptions(const config::Config& config) {
    return {.dataDir = config.dataDir,
            .maxMessages = config.queue.maxMessages,
            .history = config.queue.history};
}

journal::SqliteJournalOptions journalOptions(const config::Config& config) {
    return {.dataDir = config.dataDir,
            .bounds = {.maxAge = config.journal.maxAge, .maxBytes = config.journal.maxSize}};
}

delivery::DeliveryOptions deliveryOptions(const config::Config& config) {
    delivery::DeliveryOptions options;
    options.hostname = config.hostname;
    options.threads = config.courier.threads;
    options.perDestination = config.courier.perDestination;
    options.maxRecipients = config.courier.maxRecipients;
    options.timeout = config.courier.timeout;
    options.retry = config.queue.retry;
    options.giveUpAfter = config.queue.giveUpAfter;
    options.warnAfter = config.queue.warnAfter;
    options.purgeEvery = std::min(options.purgeEvery, config.queue.history);
    return options;
}

reception::ReceptionOptions receptionOptions(const config::Config& config) {
    return {
        .hostname = config.hostname,
        .giveUpAfter = config.queue.giveUpAfter,
        .rewrite = {.spool = config.dataDir / "spool", .inlineLimit = config.queue.inlineContent}};
}

net::ConnectionOptions connectionOptions(const config::Config& config, mail::ListenerKind kind) {
    net::ConnectionOptions options;
    options.kind = kind;
    options.session.hostname = config.hostname;
    options.session.maxMessageSize = config.maxMessageSize;
    options.session.maxRecipients = config.session.maxRecipients;
    options.session.maxHold = config.maxHold;
    options.session.refuseEarlyTalkers = config.session.refuseEarlyTalkers;
    options.greetingDelay = config.session.greetingDelay;
    const auto& rules = rulesOf(config, kind);
    options.session.requireTls = rules.tlsRequired;
    options.tlsMin = rules.tlsMin;
    options.proxyFrom = rules.proxyFrom;
    options.timeouts.command = config.session.commandTimeout;
    options.timeouts.session = config.session.maxDuration;
    return options;
}

net::RelayTrust::Rules trustRules(const config::Config& config) {
    return {config.relayTrusted, net::natSuspects()};
}

}  // namespace postrider::app
