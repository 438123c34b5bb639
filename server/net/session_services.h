#pragma once

#include "common/base/clock.h"
#include "common/base/current.h"
#include "common/base/ip_network.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/mail/session_facts.h"
#include "common/net/tls_server.h"
#include "server/journal/mail_log.h"
#include "server/net/relay_trust.h"
#include "server/smtp/ports.h"
#include "server/smtp/session_options.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace postrider::net {

/// What every session of the server works with. Lent by server/app: all of it outlives the
/// listeners, is thread-safe, and the functions may be called from any session's thread.
struct SessionServices {
    smtp::Directory& directory;
    smtp::Authenticator& authenticator;
    smtp::Reception& reception;
    /// One object per session.
    std::function<std::unique_ptr<smtp::Gatekeeper>()> makeGatekeeper;
    /// The certificates in force, or null when there are none. A session keeps what it got when it
    /// began.
    std::function<std::shared_ptr<TlsServer>()> currentTls;
    RelayTrust& relayTrust;
    journal::MailLog& mailLog;
    Log& log;
    const Clock& clock;
    Random& random;
    std::filesystem::path spoolFolder;
    std::size_t inlineContent = 65'536;  ///< octets of content kept in memory, not in the spool
};

/// How long a session may wait for its client (RFC 5321 section 4.5.3.2.7 wants five minutes for a
/// command).
struct SessionTimeouts {
    std::chrono::milliseconds command =
        std::chrono::minutes{5};  ///< for one command line, or one piece of content
    std::chrono::milliseconds session =
        std::chrono::minutes{30};  ///< for all of it: slow drips end here
    std::chrono::milliseconds handshake = std::chrono::minutes{1};
    std::chrono::milliseconds proxyHeader = std::chrono::seconds{5};  ///< for all of it
    std::chrono::milliseconds farewell = std::chrono::seconds{5};  ///< for the last reply to leave
};

/// What holds for every connection to one listener.
struct ConnectionOptions {
    mail::ListenerKind kind = mail::ListenerKind::Smtp;
    smtp::SessionOptions session;
    TlsVersion tlsMin = TlsVersion::Tls12;
    std::vector<IpNetwork> proxyFrom{};  ///< whose connections begin with a PROXY header
    SessionTimeouts timeouts;
    /// How long the greeting waits for clients that cannot (RFC 5321 section 4.3.1), on the smtp
    /// listener; they are found without waiting when their octets are there already.
    std::chrono::milliseconds greetingDelay{0};
};

/// A reload replaces them for the connections that come.
using CurrentOptions = Current<const ConnectionOptions>;

}  // namespace postrider::net
