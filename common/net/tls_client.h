#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "common/mail/domain.h"
#include "common/mail/session_facts.h"
#include "common/net/line_channel.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace postrider::net {

/// What a handshake as client showed. The handshake never fails for a bad certificate: whoever asks
/// decides by these facts what they are worth.
struct PeerVerification {
    bool chainValid = false;  ///< a chain to a trusted CA, within its dates
    bool nameMatches =
        false;  ///< a dNSName of the certificate matches the name asked for (RFC 7817, RFC 6125)
    std::string problem;  ///< why not, in OpenSSL's words
};

struct ClientTlsResult {
    mail::TlsFacts facts;
    PeerVerification peer;
};

/// Makes TLS client connections from one shared context and CA store. Immutable, thread-safe.
class TlsClient {
public:
    /// `caFile` empty: the system's certificates. Error: what is wrong with the file.
    static Result<std::unique_ptr<TlsClient>, std::string> create(
        const std::filesystem::path& caFile);
    virtual ~TlsClient() = default;

    /// Shakes hands on a channel made by connectTcp; SNI and name check by `peerName`. On an error
    /// the channel is dead: reconnect to go on in clear text.
    virtual Result<ClientTlsResult, std::string> startTls(LineChannel& channel,
                                                          const std::string& peerName,
                                                          Deadline deadline) = 0;
};

}  // namespace postrider::net
