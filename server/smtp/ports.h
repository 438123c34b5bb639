#pragma once

#include "common/base/result.h"
#include "common/mail/content.h"
#include "common/mail/envelope.h"
#include "common/mail/message_view.h"
#include "common/mail/queue_id.h"
#include "common/mail/session_facts.h"
#include "common/mail/verdict.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

/// What a session asks of the world. Implementations sit on higher floors; server/app introduces
/// them. All may be called from many session threads at once and may block for a bounded time. What
/// a port throws reaches Connection::run, which answers 421 4.3.0.
namespace postrider::smtp {

/// Where a recipient stands before anything is accepted for it.
enum class Standing {
    Local,        ///< a domain of ours and somebody gets it
    UnknownUser,  ///< a domain of ours and nobody has this name: 550 5.1.1
    Remote,       ///< not ours: only for clients that may relay
    Disabled,     ///< ours, and its user may not receive: 550 5.2.1
    Unusable,     ///< ours, but can never be delivered (an alias loop): 550 5.4.6 with the reason
    TemporaryFailure,  ///< a lookup failed: 451 4.3.0
};

struct DirectoryAnswer {
    Standing standing = Standing::TemporaryFailure;
    std::string reason;  ///< why not, for journal and log; never shown to strangers
};

/// Whether an address is one that an authenticated user may write as.
enum class OriginatorStanding { Theirs, NotTheirs, TemporaryFailure };

class Directory {
public:
    virtual ~Directory() = default;
    virtual DirectoryAnswer lookUp(const mail::ForwardPath& path) = 0;
    /// `user` as authentication has it.
    virtual OriginatorStanding mayWriteAs(const std::string& user,
                                          const mail::Mailbox& address) = 0;
};

/// AUTH PLAIN and LOGIN, as the client sent them.
struct PasswordLogin {
    std::string authorizationId;  ///< empty unless the client named one
    std::string authenticationId;
    std::string password;
};

/// What is kept of a password for SCRAM-SHA-256 (RFC 5802 section 3, RFC 7677). Octets as they are,
/// not base64.
struct ScramVerifier {
    unsigned iterations = 0;
    std::string salt;
    std::string storedKey;
    std::string serverKey;
};

/// How a SCRAM exchange ended.
enum class ScramProof {
    Right,
    Wrong,  ///< another password, or another TLS session than ours
    /// The client could bind to TLS and was shown no -PLUS, though we offer it: somebody sits in
    /// between (RFC 5802 section 6).
    Downgraded,
};
struct ScramLogin {
    std::string authorizationId;  ///< empty unless the client named one
    std::string authenticationId;
    std::string mechanism;  ///< as EHLO lists it
    ScramProof proof = ScramProof::Wrong;
};

/// What one user may, where that is less than what the session allows.
struct UserLimits {
    std::optional<std::uint64_t> maxMessageSize;
    std::optional<std::size_t> maxRecipients;

    [[nodiscard]] std::uint64_t messageSize(std::uint64_t general) const {
        return std::min(general, maxMessageSize.value_or(general));
    }
    [[nodiscard]] std::size_t recipients(std::size_t general) const {
        return std::min(general, maxRecipients.value_or(general));
    }
};

enum class AuthOutcome { Accepted, Rejected, Throttled, Unavailable };
struct AuthAnswer {
    AuthOutcome outcome = AuthOutcome::Unavailable;
    std::string user{};  ///< canonical "user@domain" when accepted
    UserLimits limits{};
};

/// Whether a user who has logged in may still send.
enum class SubmitterStanding { MaySend, MayNot, TemporaryFailure };
struct SubmitterAnswer {
    SubmitterStanding standing = SubmitterStanding::TemporaryFailure;
    std::string reason{};  ///< why not: for journal and log, never shown
};

class Authenticator {
public:
    virtual ~Authenticator() = default;
    /// Takes the same time whether the user exists or not.
    virtual AuthAnswer authenticate(const PasswordLogin& login,
                                    const mail::SessionFacts& facts) = 0;

    /// Whether anybody may be able to log in by SCRAM: what nobody can use is not offered. Cheap.
    [[nodiscard]] virtual bool knowsScram() const = 0;
    /// What a SCRAM exchange needs to go on: a made-up one for a user who has none, so that the
    /// exchange tells nothing. Error: Throttled or Unavailable; the login has ended.
    virtual Result<ScramVerifier, AuthOutcome> verifierOf(const std::string& authenticationId,
                                                          const mail::SessionFacts& facts) = 0;
    /// The end of an exchange that asked verifierOf: counts, logs and decides as for a password.
    virtual AuthAnswer authenticate(const ScramLogin& login, const mail::SessionFacts& facts) = 0;

    /// Accounts change while sessions go on. `user` as an answer of ours has it; asked at each
    /// MAIL, so cheap.
    virtual SubmitterAnswer mayStillSend(const std::string& user) = 0;
};

/// The hook chain as one session sees it. One object per session, one thread at a time.
class Gatekeeper {
public:
    virtual ~Gatekeeper() = default;
    virtual mail::Verdict onConnect(const mail::SessionFacts& facts) = 0;
    virtual mail::Verdict onEhlo(const mail::SessionFacts& facts) = 0;
    virtual mail::Verdict onMail(const mail::SessionFacts& facts, const mail::ReversePath& path,
                                 const mail::MailParameters& parameters) = 0;
    virtual mail::Verdict onRcpt(const mail::SessionFacts& facts, const mail::ForwardPath& path,
                                 const mail::RcptParameters& parameters) = 0;
    virtual mail::MessageVerdict onMessage(const mail::MessageView& message) = 0;
    /// Told, not asked: the transaction was given up (RSET, EHLO, a refusal), or its message is
    /// queued. Each transaction that onMail has seen ends with one of the two, or with the session.
    /// A session tells of those that it gives up, the Reception of those that it was handed and did
    /// not refuse.
    virtual void onReset() {}
    virtual void onQueued(const mail::QueueId& /*id*/) {}
};

/// A message whose last octet has arrived, and what is known of it.
struct ReceivedMessage {
    const mail::SessionFacts& facts;
    const mail::Envelope& envelope;
    mail::MessageContent content;
    Gatekeeper& gatekeeper;
};

class Reception {
public:
    virtual ~Reception() = default;
    /// Returns only after the message is durable (then 250 may leave) or with the reply that
    /// refuses it. Tells the gatekeeper what became of a message that it does not refuse.
    virtual Result<mail::QueueId, mail::Reply> accept(const ReceivedMessage& message) = 0;
};

/// References lent to a session for its lifetime.
struct Ports {
    Directory& directory;
    Authenticator& authenticator;
    Gatekeeper& gatekeeper;
    Reception& reception;
};

}  // namespace postrider::smtp
