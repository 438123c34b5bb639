#pragma once

#include "common/base/clock.h"
#include "common/mail/content.h"
#include "common/mail/envelope.h"
#include "common/mail/header.h"
#include "common/mail/queue_id.h"
#include "server/queue/queued_message.h"
#include "server/queue/spool.h"
#include "server/smtp/ports.h"

#include <memory>
#include <string>
#include <vector>

namespace postrider::reception {

/// A message on its way through reception; each step changes or refuses it. One thread.
struct Candidate {
    const smtp::ReceivedMessage& message;
    mail::QueueId id;
    WallTime receivedAt;
    mail::HeaderSection header;  ///< of the content as it stands, without `received`
    mail::Envelope envelope;     ///< after hooks
    mail::MessageContent content;
    std::string received = {};  ///< our trace field; the last to be put in front
    /// Holds content that hooks had rewritten, until the queue has taken it; null otherwise.
    std::unique_ptr<queue::SpoolWriter> rewritten = nullptr;
    bool discarded = false;  ///< a hook wants it to go nowhere
    bool held = false;       ///< a hook wants an operator to look at it
    std::vector<queue::NewRecipient> recipients = {};
    std::vector<mail::EnvelopeRecipient> expanded = {};  ///< aliases whose expansion is reported

    /// Submitted by one of our users: we may mend it (RFC 6409 section 8).
    [[nodiscard]] bool isSubmission() const { return message.facts.user.has_value(); }
};

}  // namespace postrider::reception
