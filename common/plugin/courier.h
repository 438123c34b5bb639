#pragma once

#include "common/base/clock.h"
#include "common/mail/content.h"
#include "common/mail/enhanced_status.h"
#include "common/mail/parameters.h"
#include "common/mail/path.h"
#include "common/mail/queue_id.h"
#include "common/plugin/host.h"
#include "common/plugin/settings.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace postrider::plugin {
inline namespace v1 {  // the major version is in every mangled name

enum class Disposition { Delivered, Transient, Permanent };

/// How far a delivered recipient has come: who tells the sender, if he asked to be told (RFC 3461
/// section 5.2).
enum class Reach {
    Final,           ///< in the mailbox: the server reports "delivered"
    Relayed,         ///< at a host that does not offer DSN: the server reports "relayed"
    RelayedWithDsn,  ///< at a host that was given NOTIFY and reports itself
};

/// What became of one recipient. The default is "try later", so forgetting to answer loses no mail.
struct DeliveryOutcome {
    Disposition disposition = Disposition::Transient;
    mail::EnhancedStatus status{4, 3, 0};  ///< RFC 3463; the class must fit the disposition
    std::string diagnostic;  ///< one line, printable, what the peer said or what we saw
    std::string remoteMta;   ///< who said it; empty for local failures
    /// What was looked at on the way (MX chosen, TLS wanted and got, reply): for the journal.
    std::vector<std::pair<std::string, std::string>> evidence;
    Reach reach = Reach::Final;  ///< for Delivered
};

struct DeliveryRecipient {
    mail::ForwardPath original;
    mail::ForwardPath final;
    mail::RcptParameters parameters;
};

/// One message to recipients that share this courier and next hop (at most courier.max_recipients).
struct DeliveryRequest {
    mail::QueueId id;
    mail::ReversePath reversePath;
    std::vector<DeliveryRecipient> recipients;
    std::string nextHop;  ///< domain, host:port, or the command of an alias
    mail::MailParameters parameters;
    const mail::MessageContent& content;  ///< valid during the call; no database lock behind it
    SteadyTime deadline;                  ///< answer before this
    unsigned attempt = 1;                 ///< 1 on the first try
};

/// Moves mail one hop. One instance serves many threads at once: no per-message members.
class Courier {
public:
    virtual ~Courier() = default;
    /// One outcome per recipient, same order. Must not throw for anything a network or peer can
    /// cause.
    virtual std::vector<DeliveryOutcome> deliver(const DeliveryRequest& request) = 0;
};

/// Listed in the library's descriptor (POSTRIDER_PLUGIN). create() throws ConfigError, nothing
/// else.
class CourierFactory {
public:
    virtual ~CourierFactory() = default;
    [[nodiscard]] virtual std::unique_ptr<Courier> create(const Settings& settings,
                                                          const Host& host) const = 0;
};

}  // namespace v1
}  // namespace postrider::plugin
