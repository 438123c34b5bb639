#pragma once

#include "common/base/clock.h"
#include "common/base/current.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "server/delivery/decision.h"
#include "server/delivery/delivery_options.h"
#include "server/delivery/report_writer.h"
#include "server/journal/mail_log.h"
#include "server/queue/queue_store.h"
#include "server/queue/retry_policy.h"
#include "server/routing/router.h"

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace postrider::delivery {

/// References lent for life.
struct SettlementPorts {
    queue::QueueStore& store;
    const routing::Router& router;
    journal::MailLog& mailLog;
    Log& log;
    const Clock& clock;
    Random& random;
};

/// Writes down what attempts brought: rows, and in the same transaction the report (DSN) that they
/// cause; then the log lines. Many threads at once; group commit makes one fsync of many
/// calls.
class Settlement {
public:
    Settlement(const DeliveryOptions& options, SettlementPorts ports);

    /// Returns when it is committed. What cannot be written is tried again until `stop`: a
    /// delivered message that is not written down would be delivered twice. Nothing when stopped
    /// before that.
    ///
    /// Reported are failures and successes as NOTIFY says (dsn_policy), and who is late. Failures
    /// whose report cannot be routed now become pending again; warnings are tried again with their
    /// recipients; of a success there is then no report.
    enum class Written { Nothing, Outcomes, OutcomesAndReport };
    Written settle(const queue::StoredMessage& message, std::vector<Decided> decided,
                   const std::stop_token& stop);

    /// For what is settled from now on. Any thread.
    void use(std::shared_ptr<const queue::RetryPolicy> retry) { retry_.set(std::move(retry)); }

private:
    [[nodiscard]] std::optional<queue::NewMessage> makeReport(const queue::StoredMessage& message,
                                                              std::vector<Decided>& decided);
    bool write(const queue::Settlement& settlement, const std::stop_token& stop);
    void tell(const queue::StoredMessage& message, const Decided& decided);

    SettlementPorts ports_;
    Current<const queue::RetryPolicy> retry_;
    ReportWriter reports_;
};

}  // namespace postrider::delivery
