#include "server/app/restart_needed.h"

namespace postrider::app {

std::vector<std::string> keepUntilRestart(const config::Config& running, config::Config& fresh) {
    std::vector<std::string> keys;
    const auto keep = [&keys](const char* key, const auto& before, auto& now) {
        if (before == now) return;
        now = before;
        keys.emplace_back(key);
    };
    keep("hostname", running.hostname, fresh.hostname);
    keep("listen.smtp", running.smtp, fresh.smtp);
    keep("listen.submission", running.submission, fresh.submission);
    keep("listen.submissions", running.submissions, fresh.submissions);
    keep("listen.monitoring", running.monitoring, fresh.monitoring);
    keep("session.max", running.session.max, fresh.session.max);
    keep("plugin.dir", running.pluginDir, fresh.pluginDir);
    keep("courier.threads", running.courier.threads, fresh.courier.threads);
    keep("user", running.user, fresh.user);
    keep("dns.forward", running.dnsForward, fresh.dnsForward);
    keep("dns.trust_anchor_file", running.trustAnchorFile, fresh.trustAnchorFile);
    keep("tls.ca_file", running.tlsCaFile, fresh.tlsCaFile);
    keep("queue.max_messages", running.queue.maxMessages, fresh.queue.maxMessages);
    keep("queue.inline_content", running.queue.inlineContent, fresh.queue.inlineContent);
    keep("queue.history", running.queue.history, fresh.queue.history);
    keep("journal.max_age", running.journal.maxAge, fresh.journal.maxAge);
    keep("journal.max_size", running.journal.maxSize, fresh.journal.maxSize);
    keep("dovecot.client_socket", running.dovecot.clientSocket, fresh.dovecot.clientSocket);
    keep("dovecot.userdb_socket", running.dovecot.userdbSocket, fresh.dovecot.userdbSocket);
    keep("sql.connector", running.sql.connector, fresh.sql.connector);
    keep("sql.connection", running.sql.connection, fresh.sql.connection);
    keep("sql.connection_file", running.sql.connectionFile, fresh.sql.connectionFile);
    keep("sql.user_query", running.sql.userQuery, fresh.sql.userQuery);
    keep("sql.alias_query", running.sql.aliasQuery, fresh.sql.aliasQuery);
    keep("sql.scram", running.sql.scram, fresh.sql.scram);
    keep("log.syslog", running.syslog, fresh.syslog);
    return keys;
}

}  // namespace postrider::app
