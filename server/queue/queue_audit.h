#pragma once

#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/storage/sqlite.h"
#include "server/queue/spool_folder.h"

namespace postrider::queue {

/// The look at the queue before it is used: pages and constraints (skipped for files over 512 MiB,
/// where it would take minutes), combinations of rows that must not exist, spool files without a
/// row (a crash before the commit: deleted) and rows without their spool file (an alarm). Faults
/// are logged and counted in the gauge postrider_queue_audit_faults. Throws SqliteError when the
/// file itself is damaged.
void auditQueue(storage::Database& database, const SpoolFolder& spool, Log& log, Metrics& metrics);

}  // namespace postrider::queue
