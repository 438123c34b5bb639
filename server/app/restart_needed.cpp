#include "server/app/restart_needed.h"

namespace postrider::app {

std::vector<std::string> restartNeeded(const config::Config& running, const config::Config& fresh) {
    std::vector<std::string> keys;
    const auto differ = [&keys](const char* key, const auto& before, const auto& now) {
        if (!(before == now)) keys.emplace_back(key);
    };
    differ("hostname", running.hostname, fresh.hostname);
    differ("data.dir", running.dataDir, fresh.dataDir);
    differ("listen.smtp", running.smtp, fresh.smtp);
    differ("listen.submission", running.submission, fresh.submission);
    differ("listen.submissions", running.submissions, fresh.submissions);
    differ("listen.monitoring", running.monitoring, fresh.monitoring);
    differ("message.max_size", running.maxMessageSize, fresh.maxMessageSize);
    differ("session.max", running.session.max, fresh.session.max);
    differ("session.max_per_ip", running.session.maxPerIp, fresh.session.maxPerIp);
    differ("session.command_timeout", running.session.commandTimeout, fresh.session.commandTimeout);
    differ("session.max_duration", running.session.maxDuration, fresh.session.maxDuration);
    differ("session.grace", running.session.grace, fresh.session.grace);
    differ("session.max_recipients", running.session.maxRecipients, fresh.session.maxRecipients);
    differ("plugin.dir", running.pluginDir, fresh.pluginDir);
    differ("courier.local", running.localCourier, fresh.localCourier);
    differ("courier.remote", running.remoteCourier, fresh.remoteCourier);
    differ("courier.threads", running.courier.threads, fresh.courier.threads);
    differ("courier.per_destination", running.courier.perDestination, fresh.courier.perDestination);
    differ("courier.max_recipients", running.courier.maxRecipients, fresh.courier.maxRecipients);
    differ("courier.timeout", running.courier.timeout, fresh.courier.timeout);
    differ("user", running.user, fresh.user);
    differ("dns.forward", running.dnsForward, fresh.dnsForward);
    differ("dns.trust_anchor_file", running.trustAnchorFile, fresh.trustAnchorFile);
    differ("tls.ca_file", running.tlsCaFile, fresh.tlsCaFile);
    differ("queue.retry", running.queue.retry, fresh.queue.retry);
    differ("queue.give_up_after", running.queue.giveUpAfter, fresh.queue.giveUpAfter);
    differ("queue.max_messages", running.queue.maxMessages, fresh.queue.maxMessages);
    differ("queue.inline_content", running.queue.inlineContent, fresh.queue.inlineContent);
    differ("queue.history", running.queue.history, fresh.queue.history);
    differ("journal.max_age", running.journal.maxAge, fresh.journal.maxAge);
    differ("journal.max_size", running.journal.maxSize, fresh.journal.maxSize);
    differ("dovecot.client_socket", running.dovecot.clientSocket, fresh.dovecot.clientSocket);
    differ("dovecot.userdb_socket", running.dovecot.userdbSocket, fresh.dovecot.userdbSocket);
    differ("sql.connector", running.sql.connector, fresh.sql.connector);
    differ("sql.connection", running.sql.connection, fresh.sql.connection);
    differ("sql.connection_file", running.sql.connectionFile, fresh.sql.connectionFile);
    differ("sql.user_query", running.sql.userQuery, fresh.sql.userQuery);
    differ("sql.scram", running.sql.scram, fresh.sql.scram);
    differ("log.syslog", running.syslog, fresh.syslog);
    differ("log.level", running.logLevel, fresh.logLevel);
    return keys;
}

}  // namespace postrider::app
