#pragma once

#include "common/base/clock.h"
#include "common/base/ip_address.h"
#include "common/mail/ehlo_name.h"
#include "common/mail/header.h"
#include "common/mail/path.h"
#include "common/mail/queue_id.h"

#include <optional>
#include <string>

namespace postrider::mail {

/// What a Received field tells (RFC 5321 section 4.4, RFC 3848, RFC 6531 section 4.3, RFC 8314
/// section 4.3).
struct ReceivedFacts {
    const EhloName& ehlo;
    /// Never written for authenticated clients: their address is nobody's business, and neither is
    /// their EHLO name, which often tells it ("from localhost" is written then).
    std::optional<IpAddress> client{};
    std::string_view hostname;  ///< ours
    bool esmtp = true;
    bool utf8 = false;
    bool tls = false;
    bool authenticated = false;
    std::string_view tlsVersion{};  ///< "TLSv1.3"
    std::string_view tlsCipher{};   ///< "TLS_AES_256_GCM_SHA384"
    const QueueId& id;
    std::optional<std::string> onlyRecipient{};  ///< of a message with one; never with more
    WallTime at{};
};

/// One folded field, CRLF-ended. The protocol word is SMTP, ESMTP[S][A] or UTF8SMTP[S][A].
[[nodiscard]] std::string composeReceived(const ReceivedFacts& facts);
/// "Return-Path: <...>\r\n".
[[nodiscard]] std::string composeReturnPath(const ReversePath& path);
/// "Delivered-To: ...\r\n".
[[nodiscard]] std::string composeDeliveredTo(const Mailbox& mailbox);
/// Received fields in the section: the hop count (RFC 5321 section 6.3).
[[nodiscard]] std::size_t countReceived(const HeaderSection& header);
/// Those among them that we wrote: by our hostname, with an id of our form.
[[nodiscard]] std::size_t countReceivedBy(const HeaderSection& header, std::string_view hostname);
/// Delivered-To fields that name this mailbox, in any spelling of case: how often it was delivered
/// there before.
[[nodiscard]] std::size_t countDeliveredTo(const HeaderSection& header, const Mailbox& mailbox);

}  // namespace postrider::mail
