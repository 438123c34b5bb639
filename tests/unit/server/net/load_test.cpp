#include "tests/unit/server/net/test_server.h"

#include <doctest.h>
#include <fstream>
#include <sys/resource.h>
#include <thread>

using namespace postrider;
using test::TestServer;

namespace {

std::size_t residentKilobytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    constexpr std::size_t pageKilobytes = 4;
    return resident * pageKilobytes;
}

}  // namespace

TEST_CASE("1000 idle clients and one more, who is served within a second (S-060)") {
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    REQUIRE(limit.rlim_cur > 2200);

    TestServer server;
    std::vector<std::unique_ptr<test::SmtpTalker>> idle;
    idle.reserve(1000);
    for (int i = 0; i < 50; ++i)
        idle.push_back(server.greeted());
    const auto before = residentKilobytes();
    while (idle.size() < 1000) {
        idle.push_back(server.greeted());
        idle.back()->ask("EHLO idle.test");
    }
    const auto perSession = (residentKilobytes() - before) / 950;
    MESSAGE("KB per idle session, with the test's end of it: ", perSession);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(perSession <= 40);
#endif
    const auto begin = steadyNow();
    auto client = server.greeted();
    client->askToSend("bob@mx.test");
    CHECK(client->ask("text\r\n.").starts_with("250"));
    CHECK(steadyNow() - begin < std::chrono::seconds{1});
    CHECK(server.listeners->connections().size() == 1001);
}

TEST_CASE("ten clients with a connection for each message: none is refused or lost") {
    constexpr int clients = 10;
    constexpr int each = 50;
    TestServer::Options options;
    options.limits = {clients, clients};
    TestServer server(options);
    std::atomic<int> failures{0};
    {
        std::vector<std::jthread> senders;
        senders.reserve(clients);
        for (int i = 0; i < clients; ++i) {
            senders.emplace_back([&] {
                for (int message = 0; message < each; ++message) {
                    auto client = server.greeted();
                    client->askToSend("bob@mx.test");
                    const bool taken = client->ask("text\r\n.").starts_with("250");
                    const bool left = client->ask("QUIT").starts_with("221");
                    if (!taken || !left) ++failures;
                }
            });
        }
    }
    CHECK(failures == 0);
    CHECK(server.reception.accepted().size() == clients * each);
}
