#include "common/net/tls_server.h"

#include "common/base/text.h"
#include "common/mail/domain.h"
#include "common/net/poco_line_channel.h"
#include "common/net/tls_socket.h"

#include <Poco/Net/Context.h>
#include <algorithm>
#include <array>
#include <fstream>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <set>
#include <string_view>
#include <utility>

namespace postrider::net {

namespace {

using Poco::Net::Context;

/// Forward secrecy and authenticated encryption only (RFC 9325 section 4.2); TLS 1.3 has its own
/// list.
constexpr const char* ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384";

struct Certificate {
    std::set<std::string> names;  ///< lower case; `*.` in front of a wildcard's rest
    int keyType = 0;
    std::string warning;
};

/// A certificate's names and the context that serves them, with one certificate per key type.
struct Site {
    CertificateFiles files;
    Certificate certificate;
    Context::Ptr context;
    std::set<int> keyTypes{certificate.keyType};
};

/// What keeps the file from being used, or nothing.
std::string unreadable(const std::filesystem::path& file) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status)) return file.string() + ": no such file";
    if (!std::filesystem::is_regular_file(status)) return file.string() + ": not a file";
    std::ifstream in(file, std::ios::binary);
    if (!in) return file.string() + ": cannot be read";
    if (in.peek() == std::ifstream::traits_type::eof()) return file.string() + ": is empty";
    return {};
}

std::string toText(const ASN1_STRING* value) {
    const auto* octets = reinterpret_cast<const char*>(ASN1_STRING_get0_data(value));
    return {octets, static_cast<std::size_t>(ASN1_STRING_length(value))};
}

/// How names are compared: A-labels, lower case, `*.` in front of a wildcard's rest.
std::string nameForm(std::string_view text) {
    constexpr std::string_view wildcard = "*.";
    const bool isWildcard = text.starts_with(wildcard);
    const auto domain = mail::Domain::parse(isWildcard ? text.substr(wildcard.size()) : text);
    if (!domain) return text::lower(text);  // of no use, and equal only to itself
    return std::string{isWildcard ? wildcard : ""} + domain->ascii();
}

/// The dNSNames; the common name only where there are none (RFC 7817 section 3).
std::set<std::string> namesOf(const X509* certificate) {
    std::set<std::string> names;
    auto* alternatives = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives, i);
        if (name->type == GEN_DNS) names.insert(nameForm(toText(name->d.dNSName)));
    }
    GENERAL_NAMES_free(alternatives);
    if (!names.empty()) return names;

    X509_NAME* subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at >= 0) {
        names.insert(nameForm(toText(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)))));
    }
    return names;
}

/// An encrypted key must fail, not ask the terminal.
int noPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return 0;
}

/// Loads one pair into a context, beside what is there already. Error: a sentence with the file's
/// name.
Result<Certificate, std::string> load(SSL_CTX* context, const CertificateFiles& files) {
    for (const auto& file : {files.chain, files.key}) {
        if (auto problem = unreadable(file); !problem.empty())
            return Unexpected{std::move(problem)};
    }
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, files.chain.c_str()) != 1) {
        return Unexpected{files.chain.string() +
                          ": not a PEM certificate chain: " + takeOpenSslError()};
    }
    SSL_CTX_set_default_passwd_cb(context, noPassphrase);
    if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        const auto code = ERR_peek_error();
        auto reason = takeOpenSslError();
        const bool mismatch = ERR_GET_LIB(code) == ERR_LIB_X509;
        return Unexpected{files.key.string() +
                          (mismatch
                               ? ": the key does not fit the certificate in " + files.chain.string()
                               : ": not a usable PEM key: " + reason)};
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        ERR_clear_error();
        return Unexpected{files.key.string() + ": the key does not fit the certificate in " +
                          files.chain.string()};
    }
    const X509* x509 = SSL_CTX_get0_certificate(context);
    Certificate certificate;
    certificate.names = namesOf(x509);
    certificate.keyType = EVP_PKEY_get_base_id(X509_get0_pubkey(x509));
    if (X509_cmp_current_time(X509_get0_notAfter(x509)) < 0) {
        certificate.warning = files.chain.string() + ": the certificate has expired";
    } else if (X509_cmp_current_time(X509_get0_notBefore(x509)) > 0) {
        certificate.warning = files.chain.string() + ": the certificate is not valid yet";
    }
    return certificate;
}

Context::Ptr makeContext() {
    Context::Params params;
    // POCO's default asks for a client certificate and refuses one it cannot verify.
    params.verificationMode = Context::VERIFY_NONE;
    params.loadDefaultCAs = false;
    params.cipherList = ciphers;
    auto context = Poco::makeAuto<Context>(Context::TLS_SERVER_USE, params);
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    context->enableSessionCache(false);
    context->disableStatelessSessionResumption();
    SSL_CTX* raw = context->sslContext();
    SSL_CTX_set_num_tickets(raw, 0);
    SSL_CTX_set_options(
        raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    return context;
}

/// "smtp" is taken; a client that wants only other protocols is in the wrong place (ALPACA): the
/// handshake fails.
int chooseProtocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* outLength,
                   const unsigned char* in, unsigned int inLength, void* /*arg*/) {
    constexpr std::string_view ours = "smtp";
    for (unsigned int at = 0; at < inLength;) {
        const unsigned int length = in[at];
        if (length + at + 1 > inLength) break;
        const std::string_view offered(reinterpret_cast<const char*>(in + at + 1), length);
        if (offered == ours) {
            *out = in + at + 1;
            *outLength = static_cast<unsigned char>(length);
            return SSL_TLSEXT_ERR_OK;
        }
        at += length + 1;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

class PocoTlsServer final : public TlsServer {
public:
    static Result<std::shared_ptr<TlsServer>, std::string> load(
        const std::vector<CertificateFiles>& certificates) {
        if (certificates.empty()) return Unexpected{std::string("no certificate is configured")};
        auto server = std::make_shared<PocoTlsServer>();
        for (const auto& files : certificates) {
            if (auto added = server->add(files); !added) return Unexpected{added.error()};
        }
        if (auto joined = server->joinKeyTypes(); !joined) return Unexpected{joined.error()};
        server->watchNames();
        return std::shared_ptr<TlsServer>(std::move(server));
    }

    [[nodiscard]] const std::vector<std::string>& warnings() const noexcept override {
        return warnings_;
    }

    Result<mail::TlsFacts, std::string> startTls(LineChannel& channel, Deadline deadline,
                                                 TlsVersion oldest) override {
        auto* plain = dynamic_cast<PocoLineChannel*>(&channel);
        if (plain == nullptr) return Unexpected{std::string("not a socket's channel")};
        auto tls = Poco::makeAuto<TlsSocket>(plain->socket(), sites_.front().context->sslContext(),
                                             TlsSocket::Side::Server);
        // On the connection, so that it holds whichever certificate SNI chooses.
        if (oldest == TlsVersion::Tls13) SSL_set_min_proto_version(tls->ssl(), TLS1_3_VERSION);
        if (const auto done = plain->startTls(tls, deadline); !done)
            return Unexpected{done.error()};
        return tls->facts();
    }

private:
    Result<Done, std::string> add(const CertificateFiles& files) {
        auto context = makeContext();
        auto loaded = net::load(context->sslContext(), files);
        if (!loaded) return Unexpected{loaded.error()};
        if (!loaded->warning.empty()) warnings_.push_back(loaded->warning);
        sites_.push_back({files, std::move(*loaded), std::move(context)});
        return Done{};
    }

    /// An RSA and an ECDSA certificate belong into one context, so that the client's abilities
    /// decide: each site gets those of other key types that hold for all of its names.
    Result<Done, std::string> joinKeyTypes() {
        for (auto& site : sites_) {
            for (const auto& other : sites_) {
                const auto& more = other.certificate;
                if (!std::ranges::includes(more.names, site.certificate.names)) continue;
                if (!site.keyTypes.insert(more.keyType).second) continue;
                auto again = net::load(site.context->sslContext(), other.files);
                if (!again) return Unexpected{again.error()};
            }
        }
        return Done{};
    }

    /// Callbacks come from the context in force, so every context gets them.
    void watchNames() {
        for (const auto& site : sites_) {
            SSL_CTX* context = site.context->sslContext();
            SSL_CTX_set_tlsext_servername_callback(context, chooseSite);
            SSL_CTX_set_tlsext_servername_arg(context, this);
            SSL_CTX_set_alpn_select_cb(context, chooseProtocol, nullptr);
        }
    }

    static int chooseSite(SSL* ssl, int* /*alert*/, void* self) {
        const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        if (asked == nullptr) return SSL_TLSEXT_ERR_NOACK;
        const Site* site = static_cast<const PocoTlsServer*>(self)->siteFor(nameForm(asked));
        if (site == nullptr) return SSL_TLSEXT_ERR_NOACK;
        SSL_set_SSL_CTX(ssl, site->context->sslContext());
        return SSL_TLSEXT_ERR_OK;
    }

    /// Of several the first that has the most key types: the others may have nothing for the
    /// client.
    [[nodiscard]] const Site* siteFor(const std::string& name) const {
        const auto dot = name.find('.');
        const std::string wildcard = dot == std::string::npos ? "" : "*" + name.substr(dot);
        const Site* best = nullptr;
        for (const auto& wanted : {name, wildcard}) {
            for (const auto& site : sites_) {
                if (!site.certificate.names.contains(wanted)) continue;
                if (best == nullptr || site.keyTypes.size() > best->keyTypes.size()) best = &site;
            }
            if (best != nullptr) break;
        }
        return best;
    }

    std::vector<Site> sites_;
    std::vector<std::string> warnings_;
};

}  // namespace

Result<std::shared_ptr<TlsServer>, std::string> TlsServer::create(
    const std::vector<CertificateFiles>& certificates) {
    return PocoTlsServer::load(certificates);
}

}  // namespace postrider::net
