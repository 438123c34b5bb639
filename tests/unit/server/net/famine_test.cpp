#include "tests/support/famine.h"

#include "server/net/connection.h"
#include "tests/unit/server/net/test_server.h"

#include <doctest.h>

using namespace postrider;
using test::Famine;
using test::SmtpTalker;
using test::TestServer;

namespace {

/// How far a client came with one message.
struct Visit {
    bool greeted = false;
    bool taken = false;
};

Visit visit(const TestServer& server) {
    SmtpTalker client(server.endpoint());
    // POCO may lose a client between its accepting and its working thread until the next one comes.
    client.setPatience(std::chrono::seconds{3});
    Visit visit;
    visit.greeted = client.hear().starts_with("220 ");
    if (!visit.greeted) return visit;
    client.askToSend("bob@mx.test");
    visit.taken = client.ask("Subject: x\r\n\r\ntext\r\n.").starts_with("250 ");
    if (visit.taken) client.ask("QUIT");
    return visit;
}

}  // namespace

TEST_CASE("without memory for a client the port goes on, and serves as soon as there is some") {
    TestServer server;
    {
        const Famine famine({});
        std::vector<SmtpTalker> clients;
        clients.reserve(5);
        for (int i = 0; i < 5; ++i)
            clients.emplace_back(server.endpoint());
        REQUIRE(Famine::isFelt(5));
    }
    CHECK(visit(server).taken);
}

TEST_CASE("a client for whom memory fails takes no place with him") {
    TestServer::Options options;
    options.limits = {2, 2};
    TestServer server(options);
    {
        const Famine famine({.size = sizeof(net::Connection)});
        for (int i = 1; i <= 200; ++i) {
            SmtpTalker client(server.endpoint());
            CHECK(client.hear() == "<closed>");
            REQUIRE(Famine::isFelt(i));
        }
    }
    CHECK(visit(server).taken);
}

TEST_CASE("whichever allocation fails, one session ends at most, and nothing is promised falsely") {
    TestServer server;
    long passed = 0;
    for (long first = 0; passed < 3; ++first) {
        CAPTURE(first);
        const auto before = server.reception.accepted().size();
        Visit visited;
        {
            const Famine famine({.first = first, .count = 1});
            visited = visit(server);
            if (Famine::felt() == 0) ++passed;
        }
        REQUIRE(server.isDeserted());
        const auto taken = server.reception.accepted().size() - before;
        CHECK(taken <= 1);
        CHECK(taken >= (visited.taken ? 1 : 0));
        REQUIRE(visit(server).taken);
    }
    REQUIRE(server.isDeserted());
    CHECK(server.listeners->admission().sessions() == 0);
    CHECK(server.spooled().empty());
}
