#include "server/app/watchtower.h"

#include "common/base/text.h"
#include "common/mail/date.h"
#include "server/app/configuration_refused.h"
#include "server/config/load.h"
#include "server/journal/explain.h"
#include "server/queue/queue_reader.h"

#include <cstdint>
#include <string>
#include <sys/statvfs.h>
#include <utility>

namespace postrider::app {

namespace {

using monitoring::KeyFigure;

std::string diskProblem(const config::Config& config) {
    struct statvfs disk {};
    if (::statvfs(config.dataDir.c_str(), &disk) != 0) return "cannot look at data.dir";
    const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    return free < 2 * config.maxMessageSize ? "less room than two large messages need" : "";
}

std::vector<monitoring::HealthCheck> healthChecks(const WatchedParts& parts) {
    auto& foundation = parts.foundation;
    return {
        {"configuration", [&foundation] { return text::join(foundation.problems(), "; "); }},
        {"disk", [&foundation] { return diskProblem(*foundation.config()); }},
        {"journal", [&journal = parts.journal] { return journal.problem(); }},
        {"relay", [&trust = parts.relayTrust] { return trust.problem(); }},
        {"queue", [&store = parts.store] { return store.totals(), std::string{}; }},
    };
}

std::vector<KeyFigure> keyFigures(const WatchedParts& parts) {
    const auto totals = parts.store.totals();
    return {{"Host", parts.foundation.config()->hostname},
            {"Version", POSTRIDER_VERSION},
            {"Open sessions", std::to_string(parts.listeners.connections().size())},
            {"Messages in the queue", std::to_string(totals.messages)},
            {"Recipients pending", std::to_string(totals.pending)},
            {"Recipients held", std::to_string(totals.held)},
            {"Oldest pending, seconds", std::to_string(totals.oldestPendingAge)}};
}

std::vector<monitoring::QueueRow> queueRows(queue::QueueReader reader, std::size_t limit) {
    std::vector<monitoring::QueueRow> rows;
    for (auto& r : reader.waiting(limit)) {
        rows.push_back({.queueId = std::move(r.queueId),
                        .receivedAt = std::move(r.received),
                        .size = r.size,
                        .from = r.sender == "<>" ? "" : std::move(r.sender),
                        .to = std::move(r.recipient),
                        .state = std::move(r.state),
                        .destination = r.courier + " " + r.nextHop,
                        .attempts = r.attempts,
                        .nextAttemptAt = std::move(r.nextAttempt),
                        .lastDiagnostic = std::move(r.diagnostic)});
    }
    return rows;
}

std::vector<monitoring::SessionRow> sessionRows(const net::ConnectionRegistry& connections,
                                                std::size_t limit) {
    std::vector<monitoring::SessionRow> rows;
    for (const auto& row : connections.list(limit)) {
        rows.push_back({.id = row.facts.id,
                        .client = row.facts.client.toString(),
                        .listener = std::string{mail::toString(row.facts.listener)},
                        .since = mail::formatIsoTime(row.since),
                        .tls = row.facts.tls ? row.facts.tls->version : "",
                        .user = row.facts.user.value_or(""),
                        .doing = std::string{net::ConnectionRegistry::toString(row.doing)}});
    }
    return rows;
}

}  // namespace

void watchGauges(const WatchedParts& parts) {
    auto& metrics = parts.foundation.metrics();
    metrics.gaugeFrom("postrider_sessions", "Open SMTP sessions", [&listeners = parts.listeners] {
        return static_cast<double>(listeners.connections().size());
    });
    auto& store = parts.store;
    metrics.gaugeFrom("postrider_queue_messages", "Messages that are not finished",
                      [&store] { return static_cast<double>(store.totals().messages); });
    metrics.gaugeFrom("postrider_queue_recipients_pending", "Recipients that wait for delivery",
                      [&store] { return static_cast<double>(store.totals().pending); });
    metrics.gaugeFrom("postrider_queue_recipients_held", "Recipients held by an operator",
                      [&store] { return static_cast<double>(store.totals().held); });
    metrics.gaugeFrom("postrider_queue_oldest_pending_seconds", "Age of the oldest pending message",
                      [&store] { return static_cast<double>(store.totals().oldestPendingAge); });
}

void forgetGauges(Metrics& metrics) {
    for (const auto* name :
         {"postrider_sessions", "postrider_queue_messages", "postrider_queue_recipients_pending",
          "postrider_queue_recipients_held", "postrider_queue_oldest_pending_seconds"}) {
        metrics.gaugeFrom(name, "", {});
    }
}

std::unique_ptr<monitoring::HttpServer> startMonitoring(const WatchedParts& parts,
                                                        FileDescriptor inherited) {
    const auto config = parts.foundation.config();
    if (!config->monitoring) return nullptr;
    const auto& address = *config->monitoring;
    monitoring::HttpServerOptions options{
        .endpoint = {address.ip.value_or(IpAddress::v4({0, 0, 0, 0})), address.port}};
    if (inherited) options.inherited = inherited.release();
    if (!options.endpoint.ip.isLoopback()) {
        options.reach = monitoring::HttpServerOptions::Reach::Anywhere;
    }
    monitoring::MonitoringPorts ports{
        .metrics = parts.foundation.metrics(),
        .log = parts.foundation.log(),
        .health = healthChecks(parts),
        .figures = [parts] { return keyFigures(parts); },
        .queue = [file = config->dataDir / "queue.db"](
                     std::size_t limit) { return queueRows(queue::QueueReader{file}, limit); },
        .sessions = [&connections = parts.listeners.connections()](
                        std::size_t limit) { return sessionRows(connections, limit); },
        .explain = [reader = journal::JournalReader{config->dataDir / "journal.db"}](
                       std::string_view subject) { return journal::explain(reader, subject).text; },
    };
    auto server = monitoring::HttpServer::start(options, std::move(ports));
    if (!server) {
        throw ConfigurationRefused(
            config::complaintAbout(*config, "listen.monitoring", server.error()));
    }
    return *std::move(server);
}

}  // namespace postrider::app
