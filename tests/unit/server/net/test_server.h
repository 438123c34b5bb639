#pragma once

#include "common/base/metrics.h"
#include "server/net/listeners.h"
#include "tests/support/fake_authenticator.h"
#include "tests/support/fake_directory.h"
#include "tests/support/open_gatekeeper.h"
#include "tests/support/recording_journal.h"
#include "tests/support/recording_log.h"
#include "tests/support/smtp_talker.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_certificate.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace postrider::test {

/// A Reception for many sessions at once: keeps what it accepts, refuses or throws when told to.
class SharedReception final : public smtp::Reception {
public:
    enum class Mood { Accept, Refuse, Throw };
    struct Accepted {
        mail::SessionFacts facts;
        std::uint64_t size = 0;
        std::filesystem::path file;  ///< in the spool; empty for content in memory
        std::string body;            ///< when in memory
    };

    std::atomic<Mood> mood{Mood::Accept};

    Result<mail::QueueId, mail::Reply> accept(const smtp::ReceivedMessage& message) override {
        if (mood == Mood::Throw) throw std::runtime_error("the world is broken");
        if (mood == Mood::Refuse) {
            return Unexpected{mail::Reply(550, mail::EnhancedStatus{5, 7, 1}, "not wanted")};
        }
        const auto& content = message.content;
        const auto* body = content.bodyInMemory();
        const std::lock_guard lock(mutex_);
        accepted_.push_back(
            {message.facts, content.size(), content.bodyFile(), body != nullptr ? *body : ""});
        return mail::QueueId::make(clock_.now(), random_);
    }
    [[nodiscard]] std::vector<Accepted> accepted() const {
        const std::lock_guard lock(mutex_);
        return accepted_;
    }

private:
    SystemClock clock_;
    SystemRandom random_;
    mutable std::mutex mutex_;
    std::vector<Accepted> accepted_;
};

/// A server with real listeners on free loopback ports and fakes behind them. Knows the recipient
/// bob@mx.test.
class TestServer {
public:
    struct Options {
        net::Admission::Limits limits{2000, 2000};
        net::SessionTimeouts timeouts;
        std::uint64_t maxMessageSize = 10'485'760;
        bool withTls = false;
        std::vector<IpNetwork> proxyFrom{};
        net::TlsVersion tlsMin = net::TlsVersion::Tls12;
        net::ConnectionOptions
            connection{};  ///< kind, timeouts, name and size are set by the above
    };

    TestServer() : TestServer(Options{}) {}
    explicit TestServer(const Options& options) {
        directory.add("bob@mx.test");
        if (options.withTls) {
            certificate = makeCertificate(folder.path(), "mx", {"mx.test"});
            tls = net::TlsServer::create({certificate}).value();
        }
        listeners = std::make_unique<net::Listeners>(services(), options.limits, 2);
        add(mail::ListenerKind::Smtp, options);
        add(mail::ListenerKind::Submissions, options);
        listeners->start();
    }

    [[nodiscard]] Endpoint endpoint(mail::ListenerKind kind = mail::ListenerKind::Smtp) const {
        for (const auto& listener : listeners->all()) {
            if (listener->kind() == kind) return {IpAddress::v4({127, 0, 0, 1}), listener->port()};
        }
        throw std::logic_error("no such listener");
    }
    /// A client that has heard the greeting.
    [[nodiscard]] std::unique_ptr<SmtpTalker> greeted() const {
        auto talker = std::make_unique<SmtpTalker>(endpoint());
        const auto greeting = talker->hear();
        if (!greeting.starts_with("220 ")) throw std::runtime_error("greeted with " + greeting);
        return talker;
    }
    [[nodiscard]] std::unique_ptr<net::TlsClient> tlsClient() const {
        return std::move(net::TlsClient::create(certificate.chain).value());
    }
    /// Waits until nobody is connected any more; whether that came soon.
    [[nodiscard]] bool isDeserted() const {
        return listeners->connections().waitUntilEmpty(Deadline::after(std::chrono::seconds{5}));
    }
    [[nodiscard]] std::vector<std::filesystem::path> spooled() const {
        return {std::filesystem::directory_iterator(folder.path() / "spool"), {}};
    }

    TempDir folder;
    RecordingLog log;
    RecordingJournal journal;
    Metrics metrics;
    FakeDirectory directory;
    FakeAuthenticator authenticator;
    SharedReception reception;
    net::CertificateFiles certificate;
    std::shared_ptr<net::TlsServer> tls;

private:
    net::SessionServices services() {
        std::filesystem::create_directory(folder.path() / "spool");
        return {.directory = directory,
                .authenticator = authenticator,
                .reception = reception,
                .makeGatekeeper = [] { return std::make_unique<OpenGatekeeper>(); },
                .currentTls = [this] { return tls; },
                .relayTrust = relayTrust,
                .mailLog = mailLog_,
                .log = log,
                .clock = clock_,
                .random = random_,
                .spoolFolder = folder.path() / "spool"};
    }
    void add(mail::ListenerKind kind, const Options& options) {
        auto socket = net::ListeningSocket::bind({false, IpAddress::v4({127, 0, 0, 1}), 0, "test"});
        if (!socket) throw std::runtime_error(socket.error());
        net::ConnectionOptions connection = options.connection;
        connection.kind = kind;
        connection.timeouts = options.timeouts;
        connection.session.hostname = "mx.test";
        connection.session.maxMessageSize = options.maxMessageSize;
        connection.proxyFrom = options.proxyFrom;
        connection.tlsMin = options.tlsMin;
        listeners->add(std::move(*socket), connection);
    }

    SystemClock clock_;
    SystemRandom random_;
    journal::MailLog mailLog_{log, metrics, journal};

public:
    net::RelayTrust relayTrust{
        {}, {clock_, log, metrics, journal, [](const mail::Domain&) { return false; }}};
    std::unique_ptr<net::Listeners> listeners;  ///< last: it uses all the others
};

}  // namespace postrider::test
