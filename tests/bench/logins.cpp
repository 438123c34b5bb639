// A load of submission sessions on a port that begins with TLS: each shakes hands in full, says
// EHLO, logs in when it is given a name, and leaves.
//   postrider-logins IP PORT CLIENTS COUNT [USER PASSWORD]
// Prints what runBurst prints; exit 1 if any session was refused.

#include "common/base/text.h"
#include "tests/bench/burst.h"
#include "tests/bench/client.h"

#include <cstdlib>
#include <memory>
#include <string>

namespace {

using postrider::bench::Client;

/// The initial response of AUTH PLAIN (RFC 4616).
std::string plainResponse(const std::string& user, const std::string& password) {
    return postrider::text::toBase64('\0' + user + '\0' + password);
}

void visit(const sockaddr_in& server, SSL_CTX* context, const std::string& login) {
    Client client{server};
    client.shakeHands(context);
    client.expect('2');
    client.say("EHLO client.example\r\n");
    client.expect('2');
    if (!login.empty()) {
        client.say("AUTH PLAIN " + login + "\r\n");
        client.expect('2');
    }
    client.say("QUIT\r\n");
    client.expect('2');
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5 && argc != 7) {
        std::fprintf(stderr, "usage: %s IP PORT CLIENTS COUNT [USER PASSWORD]\n", argv[0]);
        return 64;
    }
    const auto server = postrider::bench::serverAt(argv[1], argv[2]);
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{
        SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    // The client works on the server's cores: what a load needs not do, it leaves.
    SSL_CTX_set_cert_verify_callback(
        context.get(), [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    SSL_CTX_set_read_ahead(context.get(), 1);
    const std::string login = argc == 7 ? plainResponse(argv[5], argv[6]) : "";
    return postrider::bench::runBurst(std::strtoul(argv[3], nullptr, 10), std::atoi(argv[4]),
                                      [&] { visit(server, context.get(), login); });
}
