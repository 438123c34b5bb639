#pragma once

#include "common/base/clock.h"
#include "common/mail/content.h"
#include "common/mail/enhanced_status.h"
#include "common/mail/parameters.h"
#include "common/mail/path.h"
#include "common/mail/queue_id.h"

#include <optional>
#include <string>

namespace postrider::dsn {

/// What has become of a recipient.
enum class Fate {
    Refused,    ///< a permanent answer
    GivenUp,    ///< transient ones until the message was too old
    Delayed,    ///< transient ones so far; it is tried further
    Delivered,  ///< it is in the mailbox
    Relayed,    ///< at a host that does not report itself (RFC 3461 section 5.2.2)
    Expanded,   ///< an alias of several addresses (RFC 3461 section 5.2.7)
};

[[nodiscard]] constexpr bool isFailure(Fate fate) {
    return fate == Fate::Refused || fate == Fate::GivenUp;
}

/// A recipient that is reported on.
struct ReportedRecipient {
    mail::ForwardPath original;
    mail::ForwardPath final;
    std::optional<mail::OriginalRecipient> orcpt;
    Fate fate = Fate::Refused;
    mail::EnhancedStatus status;  ///< of the last attempt
    std::string diagnostic;       ///< any octets: a stranger wrote it
    std::string remoteMta;        ///< who said it; empty for what happened here
    WallTime lastAttempt;
};

/// The message that is reported on.
struct ReportedMessage {
    mail::QueueId id;
    mail::Mailbox reversePath;
    mail::MailParameters parameters;
    WallTime receivedAt;
    WallTime triedSince;  ///< later when its sender had it released later (RFC 4865)
    WallTime expiresAt;
    mail::MessageContent content;
};

}  // namespace postrider::dsn
