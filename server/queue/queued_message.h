#pragma once

#include "common/base/clock.h"
#include "common/mail/content.h"
#include "common/mail/enhanced_status.h"
#include "common/mail/parameters.h"
#include "common/mail/path.h"
#include "common/mail/queue_id.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What goes into the queue and comes out of it.
namespace postrider::queue {

/// One routed recipient.
struct NewRecipient {
    mail::ForwardPath original;  ///< as RCPT named it
    mail::ForwardPath final;     ///< after aliases; the original for a pipe target
    std::string courier;         ///< instance name
    std::string nextHop;         ///< domain, host:port, or the command of a pipe target
    mail::RcptParameters parameters;
};

struct NewMessage {
    mail::QueueId id;
    mail::ReversePath reversePath;
    mail::MailParameters parameters;
    WallTime receivedAt;
    WallTime expiresAt;
    mail::MessageContent content;  ///< in memory, or a file of the spool that is fsynced already
    std::string originIp;          ///< empty for what we wrote ourselves
    std::string ehlo;
    std::string authUser;
    std::string listener;  ///< "smtp", "submission", "submissions", "dsn"
    std::string sessionId;
    std::vector<NewRecipient> recipients;  ///< at least one
    std::optional<WallTime> releaseAt{};   ///< not tried before (RFC 4865); nothing: at once
    bool held = false;                     ///< waits for an operator from the beginning
};

/// A pending recipient whose time has come.
struct DueRecipient {
    std::int64_t rowId = 0;
    mail::QueueId id;
    std::string courier;
    std::string nextHop;
    mail::ForwardPath original;
    mail::ForwardPath final;
    mail::RcptParameters parameters;
    unsigned attempts = 0;  ///< so far
    bool warned = false;    ///< the sender was told of the delay
};

/// A message as a delivery needs it.
struct StoredMessage {
    mail::QueueId id;
    mail::ReversePath reversePath;
    mail::MailParameters parameters;
    WallTime receivedAt;
    WallTime expiresAt;
    mail::MessageContent content;
    std::string authUser{};  ///< empty for mail from outside
    std::optional<WallTime> releaseAt{};

    /// Since when it could have been delivered.
    [[nodiscard]] WallTime deliverableSince() const { return releaseAt.value_or(receivedAt); }
    /// An operator wants no more attempts: it fails, and its sender is told.
    [[nodiscard]] bool isGivenUp() const { return expiresAt < receivedAt; }
};

enum class RecipientState { Pending, Held, Delivered, Failed, Expired, Removed };

/// What one attempt did to one recipient; or that its turn came and nothing was tried, because its
/// destination does not answer: that counts for the schedule and is no attempt.
struct RecipientOutcome {
    std::int64_t rowId = 0;
    RecipientState state =
        RecipientState::Pending;  ///< Pending (try again), Delivered, Failed or Expired
    WallTime at;
    std::chrono::milliseconds took{0};
    mail::EnhancedStatus status;
    std::string diagnostic;
    std::string remoteMta;
    WallTime nextAttempt;  ///< for Pending
    bool tried = true;
    bool warned = false;  ///< for Pending: the DSN beside it tells of the delay
};

/// Outcomes of recipients of one message, and the DSN they cause.
struct Settlement {
    mail::QueueId id;
    std::vector<RecipientOutcome> outcomes;
    std::optional<NewMessage> dsn;
};

/// An operator's wish that was carried out (or refused, with the reason).
struct ActionDone {
    std::int64_t id = 0;
    std::string verb;    ///< retry hold release remove expire reroute flush forget
    std::string target;  ///< queue id or destination
    std::string by;
    std::string result;
};

struct QueueTotals {
    std::uint64_t messages = 0;  ///< unfinished
    std::uint64_t pending = 0;
    std::uint64_t held = 0;
    std::uint64_t oldestPendingAge = 0;  ///< seconds
};

}  // namespace postrider::queue
