#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "common/mail/session_facts.h"
#include "common/net/line_channel.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace postrider::net {

/// One certificate with its key, PEM files as certbot lays them out.
struct CertificateFiles {
    std::filesystem::path chain;
    std::filesystem::path key;
};

/// The oldest version of TLS that a handshake may come to; older ones than these are never spoken
/// (RFC 8996).
enum class TlsVersion { Tls12, Tls13 };

/// The server side of TLS: every certificate of the configuration, chosen by SNI (the first one
/// where no name matches), RSA and ECDSA together for the names that both have. TLS 1.2 and newer,
/// no renegotiation, no compression, no client certificates. Immutable: a reload makes a new one
/// and swaps a shared_ptr; sessions keep the one they began with. Thread-safe.
class TlsServer {
public:
    /// Error: file and reason for the operator (missing, empty, not PEM, key does not fit).
    static Result<std::shared_ptr<TlsServer>, std::string> create(
        const std::vector<CertificateFiles>& certificates);
    virtual ~TlsServer() = default;

    /// Sentences for the operator about certificates that are served all the same (expired, not
    /// valid yet).
    [[nodiscard]] virtual const std::vector<std::string>& warnings() const noexcept = 0;

    /// Shakes hands as server on a channel made from an accepted socket. What the channel had
    /// buffered must have been discarded before. On an error the channel is dead.
    virtual Result<mail::TlsFacts, std::string> startTls(LineChannel& channel, Deadline deadline,
                                                         TlsVersion oldest) = 0;
};

}  // namespace postrider::net
