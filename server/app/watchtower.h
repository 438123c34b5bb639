#pragma once

#include "common/base/file_descriptor.h"
#include "server/app/foundation.h"
#include "server/journal/sqlite_journal.h"
#include "server/monitoring/http_server.h"
#include "server/net/listeners.h"
#include "server/queue/queue_store.h"

#include <memory>

namespace postrider::app {

/// What monitoring is shown of the running server. References are lent for life.
struct WatchedParts {
    Foundation& foundation;
    queue::QueueStore& store;
    const journal::SqliteJournal& journal;
    const net::Listeners& listeners;
    const net::RelayTrust& relayTrust;
};

/// The gauges that are read when somebody looks: sessions and queue.
void watchGauges(const WatchedParts& parts);
/// The same gauges with nothing behind them, before the parts go.
void forgetGauges(Metrics& metrics);
/// The HTTP server on listen.monitoring; null when it is off. `inherited` is its socket when it was
/// handed over. Throws ConfigurationRefused when the port cannot be had.
[[nodiscard]] std::unique_ptr<monitoring::HttpServer> startMonitoring(const WatchedParts& parts,
                                                                      FileDescriptor inherited);

}  // namespace postrider::app
