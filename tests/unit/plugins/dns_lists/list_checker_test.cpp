#include "plugins/hooks/dns_lists/list_checker.h"

#include "tests/support/fake_host.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <doctest/doctest.h>
#include <map>
#include <mutex>
#include <string>
#include <vector>

using namespace postrider;
using hooks::ListChecker;

namespace {

std::vector<hooks::DnsList> listsFrom(const std::string& text) {
    const plugin::Settings settings{"hook.x", {{"lists", {text, "file:1"}}}, "/etc"};
    return hooks::listsOf(settings, "lists");
}

/// A checker and a name server that it asks.
struct World {
    test::FakeHost fake;
    const IpAddress client = IpAddress::v4({192, 0, 2, 7});

    void list(const std::string& zone, const std::string& answer) {
        fake.resolver.addressRecords["7.2.0.192." + zone].push_back(answer);
    }
    ListChecker checker(const std::string& lists) {
        return {listsFrom(lists), std::chrono::seconds{60}, fake.host()};
    }
    hooks::Listings look(ListChecker& checker) const {
        return checker.look(client, Deadline::after(std::chrono::seconds{30}));
    }
};

}  // namespace

TEST_CASE("weights add up, those of lists that speak for a client too") {
    World world;
    world.list("bad.example", "127.0.0.2");
    world.list("worse.example", "127.0.0.3");
    world.list("good.example", "127.0.9.2");
    auto checker = world.checker("bad.example*3, worse.example, clean.example*50, good.example*-2");
    const auto listings = world.look(checker);
    CHECK(listings.score == 2);
    CHECK(listings.toString() ==
          "bad.example 127.0.0.2 (+3), worse.example 127.0.0.3 (+1), good.example 127.0.9.2 (-2)");
}

TEST_CASE("a zone that stands several times is asked once, and each answer counts by its weight") {
    World world;
    world.list("bad.example", "127.0.0.2");
    world.list("bad.example", "127.0.0.10");
    auto checker = world.checker(
        "bad.example=127.0.0.2..3*4, bad.example=127.0.0.10*1, bad.example=127.0.0.20*9");
    CHECK(world.look(checker).score == 5);
    CHECK(world.fake.resolver.questions() == std::vector<std::string>{"A 7.2.0.192.bad.example"});
}

TEST_CASE("sixteen lists are all asked") {
    World world;
    std::string lists;
    for (char c = 'a'; c <= 'p'; ++c) {
        const std::string zone = std::string(1, c) + ".example";
        lists += (lists.empty() ? "" : ", ") + zone;
        world.list(zone, "127.0.0.2");
    }
    auto checker = world.checker(lists);
    CHECK(world.look(checker).score == 16);
    CHECK(world.fake.resolver.questions().size() == 16);
    CHECK_THROWS_AS(world.checker(lists + ", q.example"), plugin::ConfigError);
}

TEST_CASE("lists are asked at the same time: slow ones together take as long as one") {
    World world;
    std::mutex mutex;
    std::condition_variable changed;
    int asked = 0;
    bool together = true;
    // Nobody gets an answer before all have asked.
    world.fake.resolver.beforeAnswer = [&] {
        std::unique_lock lock{mutex};
        ++asked;
        changed.notify_all();
        together = together &&
                   changed.wait_for(lock, std::chrono::seconds{60}, [&] { return asked == 8; });
    };
    world.list("a.example", "127.0.0.2");
    auto checker = world.checker(
        "a.example, b.example, c.example, d.example, e.example, f.example, g.example, h.example");
    CHECK(world.look(checker).score == 1);
    CHECK(together);
}

TEST_CASE("a list that fails counts for nothing, and the rest still counts") {
    World world;
    world.list("bad.example", "127.0.0.2");
    world.fake.resolver.serverFailure.insert("7.2.0.192.broken.example");
    world.fake.resolver.timesOut.insert("7.2.0.192.slow.example");
    auto checker = world.checker("broken.example*50, slow.example*50, bad.example");
    CHECK(world.look(checker).score == 1);
    CHECK(world.fake.metrics.counter("postrider_dns_list_failures", "", {"zone", "slow.example"})
              .value() == 1);
}

TEST_CASE("answers that are none count for nothing and are warned about once for each list") {
    World world;
    world.list("blocked.example", "127.255.255.254");
    world.list("parked.example", "198.51.100.1");
    auto checker = world.checker("blocked.example, parked.example");
    for (int i = 0; i < 3; ++i) {
        CHECK(world.look(checker).score == 0);
        world.fake.clock.advance(std::chrono::seconds{61});
    }
    CHECK(world.fake.log.count("zone=blocked.example") == 1);
    CHECK(world.fake.log.count("zone=parked.example") == 1);
    CHECK(world.fake.log.count("dns-list-useless") == 2);
}

TEST_CASE("answers are remembered for their time, incomplete ones not at all") {
    World world;
    world.list("bad.example", "127.0.0.2");
    auto checker = world.checker("bad.example");
    const auto asked = [&] { return world.fake.resolver.questions().size(); };
    world.look(checker);
    world.fake.clock.advance(std::chrono::seconds{59});
    CHECK(world.look(checker).score == 1);
    CHECK(asked() == 1);
    world.fake.clock.advance(std::chrono::seconds{1});
    CHECK(world.look(checker).score == 1);
    CHECK(asked() == 2);

    world.fake.resolver.serverFailure.insert("7.2.0.192.bad.example");
    world.fake.clock.advance(std::chrono::seconds{60});
    world.look(checker);
    world.look(checker);
    CHECK(asked() == 4);
}
