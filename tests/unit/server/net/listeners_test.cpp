#include "common/base/file_descriptor.h"
#include "tests/unit/server/net/test_server.h"

#include <ctime>
#include <doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <thread>

using namespace postrider;
using namespace std::chrono_literals;
using test::SmtpTalker;
using test::TestServer;

namespace {

std::chrono::milliseconds since(SteadyTime begin) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(steadyNow() - begin);
}

std::size_t openDescriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Lowers the limit of descriptors and takes all that are left, for as long as it lives.
class DescriptorFamine {
public:
    DescriptorFamine() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit low{256, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &low);
        for (;;) {
            const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
            if (fd < 0) break;
            eaten_.emplace_back(fd);
        }
    }
    ~DescriptorFamine() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    DescriptorFamine(const DescriptorFamine&) = delete;
    DescriptorFamine& operator=(const DescriptorFamine&) = delete;
    void leave(int count) { eaten_.resize(eaten_.size() - static_cast<std::size_t>(count)); }

private:
    rlimit before_{};
    std::vector<FileDescriptor> eaten_;
};

}  // namespace

TEST_CASE(
    "a client over a limit hears 421 before the close, and places come back at once (S-060)") {
    TestServer::Options options;
    options.limits = {2, 2};
    SUBCASE("the limit for all") {
        options.limits.perAddress = 10;
    }
    SUBCASE("the limit for an address") {
        options.limits.sessions = 10;
    }
    TestServer server(options);
    auto first = server.greeted();
    auto second = server.greeted();
    for (int i = 0; i < 5; ++i) {
        SmtpTalker third(server.endpoint());
        CHECK(third.hear().starts_with("421 4."));
        CHECK(third.hear() == "<closed>");
    }
    CHECK(server.journal.count(journal::Step::Connect, "refused") == 5);
    // Whoever has heard the last reply may come again: no race with the thread that closes.
    for (int i = 0; i < 200; ++i) {
        CHECK(second->ask("QUIT").starts_with("221"));
        second = server.greeted();
    }
}

TEST_CASE("limits count over all listeners, and where TLS comes first the door just closes") {
    TestServer::Options options;
    options.limits = {1, 1};
    options.withTls = true;
    TestServer server(options);
    auto first = server.greeted();
    SmtpTalker second(server.endpoint(mail::ListenerKind::Submissions));
    CHECK(second.hear() == "<closed>");
}

TEST_CASE("stop: idle clients hear 421, the port is closed, and it is quick") {
    TestServer server;
    std::vector<std::unique_ptr<SmtpTalker>> idle;
    idle.reserve(20);
    for (int i = 0; i < 20; ++i)
        idle.push_back(server.greeted());
    const auto endpoint = server.endpoint();
    const auto begin = steadyNow();
    server.listeners->stop(30s);
    CHECK(since(begin) < 3s);
    for (auto& client : idle) {
        CHECK(client->hear().starts_with("421 4.3.2"));
        CHECK(client->hear() == "<closed>");
    }
    CHECK(net::connectTcp(endpoint, Deadline::after(1s)).error() == "Connection refused");
    CHECK(server.listeners->connections().size() == 0);
    CHECK(server.listeners->admission().sessions() == 0);
}

TEST_CASE(
    "stop: who is silent in a handshake, or waited out before the greeting, holds nothing up") {
    TestServer::Options options;
    options.withTls = true;
    options.connection.greetingDelay = 60s;
    TestServer server(options);
    SmtpTalker silent(server.endpoint(mail::ListenerKind::Submissions));
    SmtpTalker patient(server.endpoint());
    const auto patience = Deadline::after(5s);
    while (server.listeners->connections().size() < 2 && !patience.passed())
        std::this_thread::yield();
    const auto begin = steadyNow();
    server.listeners->stop(30s);
    CHECK(since(begin) < 10s);
    CHECK(silent.hear() == "<closed>");
    CHECK(patient.hear().starts_with("421 4.3.2"));
}

TEST_CASE("stop is quick also when clients left a moment ago, and POCO's threads miss the call") {
    for (int round = 0; round < 50; ++round) {
        TestServer server;
        {
            std::vector<SmtpTalker> visitors;
            for (int i = 0; i < 8; ++i)
                visitors.emplace_back(server.endpoint());
        }
        REQUIRE(server.isDeserted());
        const auto begin = steadyNow();
        server.listeners->stop(30s);
        CHECK(since(begin) < 3s);
    }
}

TEST_CASE("stop: a message on its way may finish within the grace time") {
    TestServer server;
    auto client = server.greeted();
    client->askToSend("bob@mx.test");
    client->sayOctets("first half\r\n");
    std::jthread stopper([&] { server.listeners->stop(10s); });
    std::this_thread::sleep_for(100ms);
    CHECK(client->ask("second half\r\n.").starts_with("250"));
    CHECK(client->hear().starts_with("421 4.3.2"));
    stopper.join();
    CHECK(server.reception.accepted().size() == 1);
}

TEST_CASE("stop: who does not come to an end is cut off after the grace time") {
    TestServer server;
    auto client = server.greeted();
    client->askToSend("bob@mx.test");
    client->sayOctets("half a message");
    const auto begin = steadyNow();
    server.listeners->stop(200ms);
    CHECK(since(begin) >= 190ms);
    CHECK(since(begin) < 5s);
    CHECK(server.reception.accepted().empty());
}

TEST_CASE("out of descriptors: clients are told so, the accept thread does not spin, it recovers") {
    TestServer server;
    {
        DescriptorFamine famine;
        std::vector<SmtpTalker> clients;
        // The one that is left goes to the client's own end.
        for (int i = 0; i < 5; ++i) {
            famine.leave(1);
            SmtpTalker client(server.endpoint());
            CHECK(client.hear().starts_with("421 4.3.2"));
            CHECK(client.hear() == "<closed>");
            clients.push_back(std::move(client));
        }
        const auto before = std::clock();
        std::this_thread::sleep_for(200ms);
        const double used = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
        CHECK(used < 0.1);
    }
    CHECK(server.journal.count(journal::Step::Connect, "refused") == 5);
    auto client = server.greeted();
    CHECK(client->ask("QUIT").starts_with("221"));
}

TEST_CASE("churn, resets and half-closes leak neither descriptors nor places") {
    TestServer server;
    auto one = server.greeted();
    one.reset();
    REQUIRE(server.isDeserted());
    const auto before = openDescriptors();
    for (int i = 0; i < 300; ++i) {
        auto client = server.greeted();
        if (i % 3 == 0) client->reset();
        if (i % 3 == 1) client->stopTalking();
    }
    REQUIRE(server.isDeserted());
    // The registry is left a moment before the socket is closed.
    const auto patience = Deadline::after(2s);
    while (openDescriptors() > before && !patience.passed())
        std::this_thread::yield();
    CHECK(openDescriptors() <= before);
    CHECK(server.listeners->admission().sessions() == 0);
}
