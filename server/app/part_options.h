#pragma once

#include "common/mail/session_facts.h"
#include "server/config/config.h"
#include "server/delivery/delivery_options.h"
#include "server/journal/sqlite_journal.h"
#include "server/net/relay_trust.h"
#include "server/net/session_services.h"
#include "server/queue/queue_store.h"
#include "server/reception/reception.h"

/// What of the configuration each part of the server goes by.
namespace postrider::app {

[[nodiscard]] queue::QueueStoreOptions storeOptions(const config::Config& config);
[[nodiscard]] journal::SqliteJournalOptions journalOptions(const config::Config& config);
[[nodiscard]] delivery::DeliveryOptions deliveryOptions(const config::Config& config);
[[nodiscard]] reception::ReceptionOptions receptionOptions(const config::Config& config);
[[nodiscard]] net::ConnectionOptions connectionOptions(const config::Config& config,
                                                       mail::ListenerKind kind);
/// Looks at the interfaces of this host, too.
[[nodiscard]] net::RelayTrust::Rules trustRules(const config::Config& config);

}  // namespace postrider::app
