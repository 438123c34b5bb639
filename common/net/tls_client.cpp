#include "common/net/tls_client.h"

#include "common/net/poco_line_channel.h"
#include "common/net/tls_socket.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <cerrno>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace postrider::net {

namespace {

using Poco::Net::Context;

/// What SMTP peers of any age may need; whether a peer is trusted is decided elsewhere.
constexpr const char* ciphers = "HIGH:!aNULL:!eNULL:!EXPORT:!MD5:!RC4:!3DES:!PSK:!SRP";

PeerVerification examine(SSL* ssl, const std::string& peerName) {
    PeerVerification result;
    const X509* certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr) {
        result.problem = "no certificate";
        return result;
    }
    const long verified = SSL_get_verify_result(ssl);
    result.chainValid = verified == X509_V_OK;
    // Never the common name where a subjectAltName is there, wildcards only as a whole left label
    // (RFC 7817 section 3).
    result.nameMatches =
        X509_check_host(const_cast<X509*>(certificate), peerName.data(), peerName.size(),
                        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
    ERR_clear_error();
    if (!result.chainValid) {
        result.problem = X509_verify_cert_error_string(verified);
    } else if (!result.nameMatches) {
        result.problem = "the certificate is not for " + peerName;
    }
    return result;
}

class PocoTlsClient final : public TlsClient {
public:
    explicit PocoTlsClient(Context::Ptr context) : context_(std::move(context)) {}

    Result<ClientTlsResult, std::string> startTls(LineChannel& channel, const std::string& peerName,
                                                  Deadline deadline) override {
        auto* plain = dynamic_cast<PocoLineChannel*>(&channel);
        if (plain == nullptr) return Unexpected{std::string("not a socket's channel")};
        auto tls = Poco::makeAuto<TlsSocket>(plain->socket(), context_->sslContext(),
                                             TlsSocket::Side::Client);
        if (!peerName.empty()) SSL_set_tlsext_host_name(tls->ssl(), peerName.c_str());
        if (const auto done = plain->startTls(tls, deadline); !done)
            return Unexpected{done.error()};
        return ClientTlsResult{tls->facts(), examine(tls->ssl(), peerName)};
    }

private:
    Context::Ptr context_;  ///< immutable after construction; OpenSSL locks inside
};

}  // namespace

Result<std::unique_ptr<TlsClient>, std::string> TlsClient::create(
    const std::filesystem::path& caFile) {
    if (!caFile.empty() && ::access(caFile.c_str(), R_OK) != 0) {
        return Unexpected{caFile.string() + ": " + std::generic_category().message(errno)};
    }
    Context::Params params;
    // The chain is verified all the same and the result kept; only the handshake does not fail for
    // it.
    params.verificationMode = Context::VERIFY_NONE;
    params.caLocation = caFile.string();
    params.loadDefaultCAs = caFile.empty();
    params.cipherList = ciphers;
    try {
        auto context = Poco::makeAuto<Context>(Context::TLS_CLIENT_USE, params);
        context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
        SSL_CTX_set_options(context->sslContext(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
        return std::unique_ptr<TlsClient>(std::make_unique<PocoTlsClient>(std::move(context)));
    } catch (const Poco::Exception& refused) {
        return Unexpected{caFile.string() + ": " + refused.displayText()};
    }
}

}  // namespace postrider::net
