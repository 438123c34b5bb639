#pragma once

#include "common/net/connect.h"
#include "common/net/tls_client.h"
#include "common/net/tls_server.h"
#include "tests/support/loopback_listener.h"

#include <chrono>
#include <doctest.h>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace postrider::test {

inline Deadline soon() {
    return Deadline::after(std::chrono::seconds{5});
}

/// Both ends of a connection on which a handshake has been done.
struct Handshake {
    Handshake(net::TlsServer& server, net::TlsClient& client, const std::string& name) {
        auto accepted = std::async(std::launch::async, [&] {
            serverEnd = listener.accept(soon());
            return server.startTls(*serverEnd, soon(), net::TlsVersion::Tls12);
        });
        clientEnd = std::move(net::connectTcp(listener.endpoint(), soon()).value());
        atClient = client.startTls(*clientEnd, name, soon());
        atServer = accepted.get();
    }

    LoopbackListener listener;
    std::unique_ptr<net::LineChannel> serverEnd;
    std::unique_ptr<net::LineChannel> clientEnd;
    Result<net::ClientTlsResult, std::string> atClient = Unexpected{std::string("not run")};
    Result<mail::TlsFacts, std::string> atServer = Unexpected{std::string("not run")};
};

inline std::shared_ptr<net::TlsServer> serverWith(const std::vector<net::CertificateFiles>& files) {
    auto server = net::TlsServer::create(files);
    REQUIRE_MESSAGE(server.has_value(), (server ? "" : server.error()));
    return server.value();
}

inline std::unique_ptr<net::TlsClient> clientTrusting(const std::filesystem::path& caFile) {
    auto client = net::TlsClient::create(caFile);
    REQUIRE_MESSAGE(client.has_value(), (client ? "" : client.error()));
    return std::move(client.value());
}

}  // namespace postrider::test
