#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/mail/content.h"
#include "common/mail/parameters.h"
#include "common/mail/queue_id.h"
#include "server/dsn/reported_recipient.h"

#include <string>
#include <string_view>
#include <vector>

namespace postrider::dsn {

/// A finished report. It goes from the null reverse-path to the reported message's reverse-path.
struct Report {
    mail::MessageContent content;     ///< in memory
    mail::MailParameters parameters;  ///< BODY, SMTPUTF8, REQUIRETLS
};

/// Name and time of the report itself.
struct ReportStamp {
    mail::QueueId id;
    WallTime now;
};

/// Writes reports of failures, delays and successes, together where they come together:
/// multipart/report of a text, a delivery status, and the message or its
/// header (RFC 6522 section 3). It is ASCII unless the reverse-path needs SMTPUTF8: other
/// addresses are escaped and a header of UTF-8 encoded (RFC 6533). Size: bounded by
/// returned_content plus about 2 KiB a recipient. Immutable; many threads at once.
class DsnComposer {
public:
    DsnComposer(std::string hostname, Random& random)
        : hostname_(std::move(hostname)), random_(random) {}

    /// `recipients`: at least one.
    [[nodiscard]] Report compose(const ReportedMessage& message,
                                 const std::vector<ReportedRecipient>& recipients,
                                 const ReportStamp& stamp) const;

private:
    /// All fields but Content-Type.
    [[nodiscard]] std::string composeHeader(const ReportedMessage& message,
                                            std::string_view subject,
                                            const ReportStamp& stamp) const;

    std::string hostname_;
    Random& random_;
};

}  // namespace postrider::dsn
