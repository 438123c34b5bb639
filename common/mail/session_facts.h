#pragma once

#include "common/base/ip_address.h"
#include "common/mail/ehlo_name.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider::mail {

/// Which door a client came in by. Relaying is decided by authentication, not by the door.
enum class ListenerKind { Smtp, Submission, Submissions };
/// "smtp", "submission", "submissions": config keys, logs, the queue's `listener` column.
[[nodiscard]] constexpr std::string_view toString(ListenerKind kind) {
    switch (kind) {
        case ListenerKind::Smtp:
            return "smtp";
        case ListenerKind::Submission:
            return "submission";
        case ListenerKind::Submissions:
            return "submissions";
    }
    return "smtp";
}

/// What was negotiated in a TLS handshake, for the Received field and the journal.
struct TlsFacts {
    std::string version;  ///< "TLSv1.3"
    std::string cipher;   ///< "TLS_AES_256_GCM_SHA384"
    /// Octets of tls-exporter (RFC 9266), for SCRAM-PLUS; empty before TLS 1.3 and for clients.
    std::string channelBinding{};
};

/// What is known of a session so far. Filled by the session as the dialogue goes on; lent to every
/// port.
struct SessionFacts {
    std::string id;  ///< names the session in log and journal; 14 characters, sortable by time
    Endpoint client;
    ListenerKind listener = ListenerKind::Smtp;
    std::optional<TlsFacts> tls;
    std::optional<EhloName> ehlo;
    bool esmtp = false;               ///< EHLO, not HELO
    std::optional<std::string> user;  ///< authenticated as "user@domain", canonical
    bool trusted = false;  ///< the client's network may relay without AUTH (relay.trusted)
    std::optional<Endpoint> proxy{};  ///< who passed the client on with a PROXY header
    bool spokeFirst = false;          ///< octets came before our greeting (RFC 5321 section 4.3.1)
};

}  // namespace postrider::mail
