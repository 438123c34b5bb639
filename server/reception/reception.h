#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "server/journal/mail_log.h"
#include "server/queue/queue_store.h"
#include "server/reception/candidate.h"
#include "server/reception/header_faults.h"
#include "server/reception/hook_edits.h"
#include "server/reception/refusal.h"
#include "server/routing/originator_policy.h"
#include "server/routing/router.h"
#include "server/smtp/ports.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace postrider::reception {

struct ReceptionOptions {
    std::string hostname;                             ///< ours, for Received and Message-ID
    std::chrono::seconds giveUpAfter{5 * 24 * 3600};  ///< queue.give_up_after
    RewriteTarget rewrite;                            ///< for content that hooks change
};

/// References lent for life; `queued` is called after each commit, from the session's thread, and
/// must not block.
struct ReceptionPorts {
    const routing::Router& router;
    const routing::OriginatorPolicy& originators;
    queue::QueueStore& store;
    journal::MailLog& mailLog;
    Log& log;
    const Clock& clock;
    Random& random;
    std::function<void()> queued;
    /// Writes the report that aliases were expanded (RFC 3461 section 5.2.7); nothing when it
    /// cannot be sent. Any thread.
    std::function<std::optional<queue::NewMessage>(const queue::NewMessage&,
                                                   const std::vector<mail::EnvelopeRecipient>&)>
        reportExpansion;
};

/// Takes a message from its last octet to the queue (ARCHITECTURE: life of a message, stops 4 to
/// 7). Many sessions at once.
///
/// The reason of a refusal goes to the journal, and as a warning to the log when it is trouble of
/// ours; that the client was refused is told by the connection, as for every reply. On success the
/// content's spool file belongs to the queue. Throws what reading a spool file can throw.
class MessageReception final : public smtp::Reception {
public:
    MessageReception(ReceptionOptions options, ReceptionPorts ports)
        : options_(std::move(options)),
          ports_(std::move(ports)),
          giveUpAfter_(options_.giveUpAfter) {}

    Result<mail::QueueId, mail::Reply> accept(const smtp::ReceivedMessage& message) override;
    /// For messages that come from now on. Any thread.
    void useGiveUpAfter(std::chrono::seconds time) { giveUpAfter_.store(time); }

private:
    [[nodiscard]] Candidate begin(const smtp::ReceivedMessage& message) const;
    MayGoOn refuseLoop(Candidate& candidate);
    MayGoOn settleHeader(Candidate& candidate);
    MayGoOn mend(Candidate& candidate, const std::vector<FoundFault>& faults);
    MayGoOn refuseForeignAuthor(Candidate& candidate);
    MayGoOn refuseReturn(Candidate& candidate);
    MayGoOn composeTrace(Candidate& candidate);
    MayGoOn askHooks(Candidate& candidate);
    MayGoOn addMissingFields(Candidate& candidate);
    MayGoOn addTrace(Candidate& candidate);
    MayGoOn route(Candidate& candidate);
    [[nodiscard]] bool isFromOurs(const mail::ReversePath& path) const;
    MayGoOn putIntoQueue(Candidate& candidate);
    void announce(const Candidate& candidate);

    mail::Reply refuse(const Candidate& candidate, const Refusal& refusal);
    void discard(const Candidate& candidate);
    void record(const Candidate& candidate, journal::Step step, std::string outcome,
                std::string reason);
    void record(const Candidate& candidate, journal::Decision decision);

    ReceptionOptions options_;
    ReceptionPorts ports_;
    std::atomic<std::chrono::seconds> giveUpAfter_;
};

}  // namespace postrider::reception
