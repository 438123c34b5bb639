#include "common/net/connect.h"
#include "common/net/tls_client.h"
#include "common/net/tls_server.h"
#include "tests/support/channel_pair.h"
#include "tests/support/loopback_listener.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_certificate.h"
#include "tests/unit/common/net/tls_handshake.h"

#include <doctest.h>
#include <fstream>
#include <future>
#include <thread>

using namespace postrider;
using namespace std::chrono_literals;
using test::clientTrusting;
using test::Handshake;
using test::serverWith;
using test::soon;

namespace {

/// Runs openssl s_client against one handshake of `server`; whether it succeeded.
bool handshakeWith(net::TlsServer& server, const std::vector<std::string>& options,
                   net::TlsVersion oldest = net::TlsVersion::Tls12) {
    const test::LoopbackListener listener;
    auto accepted = std::async(std::launch::async, [&] {
        const auto channel = listener.accept(soon());
        return channel && server.startTls(*channel, soon(), oldest).has_value();
    });
    std::vector<std::string> argv{"openssl", "s_client", "-connect",
                                  listener.endpoint().toString()};
    argv.insert(argv.end(), options.begin(), options.end());
    const SubprocessSpec spec{argv, {"PATH=/usr/bin:/bin"}, {}};
    const auto ran = runSubprocess(
        spec, [](std::span<char>) { return std::size_t{0}; }, Deadline::after(10s));
    REQUIRE(ran);
    return accepted.get();
}

}  // namespace

TEST_CASE("a handshake tells both sides version and cipher, and lines go through") {
    const test::TempDir folder;
    const auto files = test::makeCertificate(folder.path(), "mx", {"mx.test"});
    const auto server = serverWith({files});
    const auto client = clientTrusting(files.chain);
    Handshake shaken(*server, *client, "mx.test");
    REQUIRE(shaken.atServer);
    REQUIRE(shaken.atClient);
    CHECK(shaken.atServer->version == "TLSv1.3");
    CHECK(shaken.atServer->cipher == shaken.atClient->facts.cipher);
    CHECK(shaken.atClient->peer.chainValid);
    CHECK(shaken.atClient->peer.nameMatches);
    CHECK(shaken.atClient->peer.problem.empty());

    CHECK(shaken.atServer->channelBinding.size() == 32);
    Handshake another(*server, *client, "mx.test");
    REQUIRE(another.atServer);
    CHECK(another.atServer->channelBinding != shaken.atServer->channelBinding);

    const std::string much(100'000, 'x');
    std::jthread writer([&] {
        CHECK(shaken.serverEnd->write("220 mx.test\r\n" + much + "\r\n").has_value());
        CHECK(shaken.serverEnd->flush().has_value());
    });
    CHECK(shaken.clientEnd->readLine(512).value() == "220 mx.test");
    std::size_t got = 0;
    while (got < much.size() + 2) {
        const auto piece = shaken.clientEnd->peek();
        REQUIRE(piece);
        got += piece->size();
        shaken.clientEnd->consume(piece->size());
    }
    CHECK(got == much.size() + 2);
}

TEST_CASE("the client says what a certificate is worth and never fails for it (T-010, RFC 7817)") {
    const test::TempDir folder;
    const auto mx = test::makeCertificate(folder.path(), "mx", {"mx.test", "*.wild.test"});
    const auto other = test::makeCertificate(folder.path(), "other", {"other.test"});
    const auto server = serverWith({mx});
    const auto trusting = clientTrusting(mx.chain);
    const auto distrusting = clientTrusting(other.chain);
    struct Case {
        net::TlsClient& client;
        std::string name;
        bool chain;
        bool nameMatches;
    };
    const std::vector<Case> cases{
        {*trusting, "mx.test", true, true},     {*trusting, "MX.Test", true, true},
        {*trusting, "a.wild.test", true, true}, {*trusting, "a.b.wild.test", true, false},
        {*trusting, "wild.test", true, false},  {*trusting, "other.test", true, false},
        {*distrusting, "mx.test", false, true},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Handshake shaken(*server, c.client, c.name);
        REQUIRE(shaken.atClient);
        CHECK(shaken.atClient->peer.chainValid == c.chain);
        CHECK(shaken.atClient->peer.nameMatches == c.nameMatches);
        CHECK(shaken.atClient->peer.problem.empty() == (c.chain && c.nameMatches));
    }
}

TEST_CASE("SNI chooses the certificate, an unknown name gets the first one") {
    const test::TempDir folder;
    const auto one = test::makeCertificate(folder.path(), "one", {"one.test"});
    const auto two = test::makeCertificate(folder.path(), "two", {"two.test", "*.two.test"});
    const auto server = serverWith({one, two});
    struct Case {
        std::string name;
        const net::CertificateFiles& served;
    };
    const std::vector<Case> cases{{"one.test", one},
                                  {"two.test", two},
                                  {"x.two.test", two},
                                  {"unknown.test", one},
                                  {"", one}};
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto client = clientTrusting(c.served.chain);
        const Handshake shaken(*server, *client, c.name);
        REQUIRE(shaken.atClient);
        CHECK(shaken.atClient->peer.chainValid);
    }
}

TEST_CASE("SNI and certificates may spell a name with U-labels or A-labels (I-009)") {
    const std::string ascii = "mx.xn--bcher-kva.test";
    const std::string unicode = "MX.b\u00FCcher.test";
    const test::TempDir folder;
    const auto first = test::makeCertificate(folder.path(), "first", {"first.test"});
    for (const auto& named : {ascii, unicode}) {
        const auto theirs = test::makeCertificate(folder.path(), "theirs", {named});
        const auto server = serverWith({first, theirs});
        const auto client = clientTrusting(theirs.chain);
        for (const auto& asked : {ascii, unicode}) {
            CAPTURE(named);
            CAPTURE(asked);
            const Handshake shaken(*server, *client, asked);
            REQUIRE(shaken.atClient);
            CHECK(shaken.atClient->peer.chainValid);
        }
    }
}

TEST_CASE("an RSA and an ECDSA certificate for one name are both served, by client ability") {
    const test::TempDir folder;
    const auto rsa = test::makeCertificate(folder.path(), "rsa", {"mx.test"}, test::KeyType::Rsa);
    const auto ecdsa = test::makeCertificate(folder.path(), "ecdsa", {"mx.test"});
    const auto server = serverWith({rsa, ecdsa});
    CHECK(handshakeWith(*server, {"-tls1_2", "-cipher", "aRSA"}));
    CHECK(handshakeWith(*server, {"-tls1_2", "-cipher", "aECDSA"}));
    // One of them may have more names; whichever comes first, the name they share has both.
    const auto wide = test::makeCertificate(folder.path(), "wide", {"mx.test", "mail.test"});
    for (const auto& both : {serverWith({rsa, wide}), serverWith({wide, rsa})}) {
        CHECK(handshakeWith(*both, {"-tls1_2", "-servername", "mx.test", "-cipher", "aRSA"}));
        CHECK(handshakeWith(*both, {"-tls1_2", "-servername", "mx.test", "-cipher", "aECDSA"}));
        CHECK(handshakeWith(*both, {"-tls1_2", "-servername", "mail.test", "-cipher", "aECDSA"}));
        CHECK_FALSE(
            handshakeWith(*both, {"-tls1_2", "-servername", "mail.test", "-cipher", "aRSA"}));
    }
    const auto rsaOnly = serverWith({rsa});
    CHECK_FALSE(handshakeWith(*rsaOnly, {"-tls1_2", "-cipher", "aECDSA"}));
}

TEST_CASE("old protocols, weak ciphers and foreign application protocols are refused (T-009)") {
    const test::TempDir folder;
    const auto server = serverWith({test::makeCertificate(folder.path(), "mx", {"mx.test"})});
    struct Case {
        std::vector<std::string> options;
        bool accepted;
    };
    const std::vector<Case> cases{
        {{"-tls1_3"}, true},
        {{"-tls1_2"}, true},
        {{"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}, false},
        {{"-tls1", "-cipher", "ALL:@SECLEVEL=0"}, false},
        {{"-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"}, false},
        {{"-alpn", "smtp"}, true},
        {{"-alpn", "h2,http/1.1"}, false},
        {{"-alpn", "h2,smtp"}, true},
    };
    for (const Case& c : cases) {
        CAPTURE(c.options.back());
        CHECK(handshakeWith(*server, c.options) == c.accepted);
    }
}

TEST_CASE("TLS 1.2 can be refused, whichever certificate the client asks for") {
    const test::TempDir folder;
    const auto server = serverWith({test::makeCertificate(folder.path(), "one", {"one.test"}),
                                    test::makeCertificate(folder.path(), "two", {"two.test"})});
    for (const std::string name : {"one.test", "two.test"}) {
        CAPTURE(name);
        CHECK(handshakeWith(*server, {"-servername", name, "-tls1_3"}, net::TlsVersion::Tls13));
        CHECK(!handshakeWith(*server, {"-servername", name, "-tls1_2"}, net::TlsVersion::Tls13));
        CHECK(handshakeWith(*server, {"-servername", name, "-tls1_2"}, net::TlsVersion::Tls12));
    }
}

TEST_CASE("an unusable certificate is told with its file and the reason") {
    const test::TempDir folder;
    const auto good = test::makeCertificate(folder.path(), "good", {"good.test"});
    const auto other = test::makeCertificate(folder.path(), "other", {"other.test"});
    const auto empty = folder.path() / "empty.pem";
    { const std::ofstream created{empty}; }
    const auto noise = folder.path() / "noise.pem";
    std::ofstream{noise} << "this is not PEM\n";
    struct Case {
        net::CertificateFiles files;
        std::string reason;
    };
    const auto named = [&](const std::filesystem::path& file, const std::string& rest) {
        return file.string() + ": " + rest;
    };
    const std::vector<Case> cases{
        {{folder.path() / "none.pem", good.key}, named(folder.path() / "none.pem", "no such file")},
        {{empty, good.key}, named(empty, "is empty")},
        {{noise, good.key}, named(noise, "not a PEM certificate chain: no start line")},
        {{good.chain, noise}, named(noise, "not a usable PEM key: ")},
        {{good.chain, folder.path()}, named(folder.path(), "not a file")},
        {{good.chain, other.key},
         named(other.key, "the key does not fit the certificate in " + good.chain.string())},
    };
    for (const Case& c : cases) {
        const auto server = net::TlsServer::create({c.files});
        REQUIRE_FALSE(server);
        CHECK_MESSAGE(server.error().starts_with(c.reason), server.error());
    }
    CHECK_FALSE(net::TlsServer::create({}));
    CHECK_FALSE(net::TlsClient::create(noise));
    CHECK(net::TlsClient::create("/nonexistent/ca.pem").error() ==
          "/nonexistent/ca.pem: No such file or directory");
    CHECK(net::TlsClient::create({}));
}

TEST_CASE("an expired certificate is served with a warning") {
    const test::TempDir folder;
    const auto files = test::makeExpiredCertificate(folder.path(), "old.test");
    const auto server = serverWith({files});
    REQUIRE(server->warnings().size() == 1);
    CHECK(server->warnings().front() == files.chain.string() + ": the certificate has expired");
    CHECK(
        serverWith({test::makeCertificate(folder.path(), "n", {"new.test"})})->warnings().empty());
}

TEST_CASE("clear text in place of a hello fails the handshake (T-007)") {
    const test::TempDir folder;
    const auto server = serverWith({test::makeCertificate(folder.path(), "mx", {"mx.test"})});
    test::ChannelPair pair;
    pair.peerSays("EHLO attacker.test\r\n");
    const auto shaken = server->startTls(*pair.ours, soon(), net::TlsVersion::Tls12);
    REQUIRE_FALSE(shaken);
    CHECK(shaken.error() == "wrong version number");
}

TEST_CASE("a handshake that drips is cut at its deadline") {
    const test::TempDir folder;
    const auto server = serverWith({test::makeCertificate(folder.path(), "mx", {"mx.test"})});
    test::ChannelPair pair;
    std::jthread drip([&](const std::stop_token& stop) {
        // The start of a client hello that never ends.
        pair.peerSays(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
        while (!stop.stop_requested()) {
            pair.peerSays("x");
            std::this_thread::sleep_for(5ms);
        }
    });
    const auto begin = steadyNow();
    const auto shaken =
        server->startTls(*pair.ours, Deadline::after(150ms), net::TlsVersion::Tls12);
    REQUIRE_FALSE(shaken);
    CHECK(shaken.error() == "timed out");
    CHECK(steadyNow() - begin < 2s);
}
