#include "server/net/connection_registry.h"

#include "tests/support/channel_pair.h"

#include <doctest.h>
#include <thread>

using namespace postrider;
using namespace std::chrono_literals;
using net::ChannelError;
using net::ConnectionRegistry;
using Doing = ConnectionRegistry::Doing;

namespace {

mail::SessionFacts factsNamed(const std::string& id) {
    return {
        .id = id, .client = {IpAddress::v4({192, 0, 2, 1}), 1}, .tls = {}, .ehlo = {}, .user = {}};
}

}  // namespace

TEST_CASE("the registry lists who is there, oldest first, with what is known of them") {
    ConnectionRegistry registry;
    test::ChannelPair a;
    test::ChannelPair b;
    {
        ConnectionRegistry::Entry first(registry, *a.ours, factsNamed("a"), fromUnixSeconds(100));
        ConnectionRegistry::Entry second(registry, *b.ours, factsNamed("b"), fromUnixSeconds(200));
        auto facts = factsNamed("b");
        facts.user = "bob@mx.test";
        second.learned(facts);
        second.nowDoing(Doing::ReceivingContent);
        second.tookMessage();
        const auto rows = registry.list(10);
        REQUIRE(rows.size() == 2);
        CHECK(rows[0].facts.id == "a");
        CHECK(rows[0].since == fromUnixSeconds(100));
        CHECK(rows[1].facts.user == "bob@mx.test");
        CHECK(ConnectionRegistry::toString(rows[1].doing) == "receiving content");
        CHECK(rows[1].messages == 1);
        CHECK(registry.list(1).size() == 1);
        CHECK_FALSE(registry.waitUntilEmpty(Deadline::after(1ms)));
    }
    CHECK(registry.size() == 0);
    CHECK(registry.waitUntilEmpty(Deadline::after(1ms)));
}

TEST_CASE("asked to end: who waits is woken, who receives content is not") {
    auto wait = Doing::WaitingForCommand;
    SUBCASE("for a command") {}
    SUBCASE("for a handshake") {
        wait = Doing::Handshake;
    }
    ConnectionRegistry registry;
    test::ChannelPair waiting;
    test::ChannelPair receiving;
    ConnectionRegistry::Entry one(registry, *waiting.ours, factsNamed("a"), {});
    ConnectionRegistry::Entry two(registry, *receiving.ours, factsNamed("b"), {});
    one.nowDoing(wait);
    two.nowDoing(Doing::ReceivingContent);
    std::jthread stopper([&] {
        std::this_thread::sleep_for(20ms);
        registry.askAllToEnd();
    });
    waiting.ours->setDeadline(Deadline::after(5s));
    CHECK(waiting.ours->readLine(512).error() == ChannelError::Closed);
    stopper.join();
    CHECK(one.mustEnd());
    CHECK(two.mustEnd());
    receiving.ours->setDeadline(Deadline::after(20ms));
    CHECK(receiving.ours->peek().error() == ChannelError::TimedOut);

    registry.abortAll();
    receiving.ours->setDeadline(Deadline::after(5s));
    CHECK(receiving.ours->peek().error() == ChannelError::Closed);
}

TEST_CASE("who arrives after the stop has begun must end too") {
    ConnectionRegistry registry;
    registry.askAllToEnd();
    test::ChannelPair late;
    const ConnectionRegistry::Entry entry(registry, *late.ours, factsNamed("a"), {});
    CHECK(entry.mustEnd());
}
