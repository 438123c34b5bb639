#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "common/mail/envelope.h"
#include "server/dsn/dsn_composer.h"
#include "server/queue/queued_message.h"
#include "server/routing/router.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace postrider::delivery {

/// References lent for life.
struct ReportPorts {
    const routing::Router& router;
    Log& log;
    const Clock& clock;
    Random& random;
};

/// Makes a report (DSN) a message for the queue: from <> to the reverse-path only, routed as any
/// mail, with NOTIFY=NEVER, because nobody is told about a lost report (RFC 3461 section 6.1).
/// Immutable; many threads at once.
class ReportWriter {
public:
    /// `giveUpAfter`: of the reports themselves.
    ReportWriter(std::string hostname, std::chrono::seconds giveUpAfter, ReportPorts ports);

    /// Why there is no report.
    enum class Fault {
        AskLater,     ///< the reverse-path cannot be routed now
        NowhereToGo,  ///< nor ever
    };
    /// `recipients`: at least one.
    [[nodiscard]] Result<queue::NewMessage, Fault> write(
        const dsn::ReportedMessage& message,
        const std::vector<dsn::ReportedRecipient>& recipients) const;

    /// That aliases were replaced by several addresses each, for a message that is about to be put
    /// into the queue. Nothing when it cannot be routed: such a report is a courtesy and holds up
    /// no mail. `aliases`: their SUCCESS is wanted and the reverse-path is not null.
    [[nodiscard]] std::optional<queue::NewMessage> writeExpansion(
        const queue::NewMessage& message,
        const std::vector<mail::EnvelopeRecipient>& aliases) const;

private:
    [[nodiscard]] Result<std::vector<queue::NewRecipient>, Fault> route(
        const mail::Mailbox& reversePath) const;

    std::chrono::seconds giveUpAfter_;
    ReportPorts ports_;
    dsn::DsnComposer composer_;
};

}  // namespace postrider::delivery
