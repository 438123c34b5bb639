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

enum class Reason {
    Refused,  ///< a permanent answer
    GivenUp,  ///< transient ones until the message was too old
};

/// A recipient that did not get the message, and why.
struct FailedRecipient {
    mail::ForwardPath original;
    mail::ForwardPath final;
    std::optional<mail::OriginalRecipient> orcpt;
    Reason reason = Reason::Refused;
    mail::EnhancedStatus status;  ///< of the last attempt
    std::string diagnostic;       ///< any octets: a stranger wrote it
    std::string remoteMta;        ///< who said it; empty for local failures
    WallTime lastAttempt;
};

/// The message that is reported on.
struct ReportedMessage {
    mail::QueueId id;
    mail::Mailbox reversePath;
    mail::MailParameters parameters;
    WallTime receivedAt;
    mail::MessageContent content;
};

}  // namespace postrider::dsn
