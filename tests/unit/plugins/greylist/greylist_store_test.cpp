#include "plugins/hooks/greylist/greylist_store.h"

#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

#include <atomic>
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace postrider;
using hooks::GreylistRules;
using hooks::GreylistStore;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// A store, a clock, and strangers who try.
struct World {
    test::TempDir folder;
    test::FakeClock clock;
    GreylistRules rules;
    std::unique_ptr<GreylistStore> store;

    void open() { store = std::make_unique<GreylistStore>(folder / "greylist.db", rules); }
    /// How long the try must wait; 0: it passes.
    seconds ask(const std::string& sender = "a@b.test", const std::string& network = "192.0.2.0/24",
                const std::string& recipient = "bob@example.test") {
        if (!store) open();
        return store->ask({network, sender, recipient}, clock.now()).wait;
    }
    void pass(const std::string& sender, const std::string& network = "192.0.2.0/24") {
        CHECK(ask(sender, network) > seconds{0});
        clock.advance(rules.delay);
        CHECK(ask(sender, network) == seconds{0});
    }
    std::int64_t rows(const std::string& table = "triplet") {
        storage::DatabaseOptions options;
        options.mode = storage::DatabaseOptions::Mode::ReadOnly;
        return storage::Database::open(folder / "greylist.db", options)
            .queryInteger("SELECT count(*) FROM " + table);
    }
};

}  // namespace

TEST_CASE("a stranger must wait for the delay, and then passes at once each time") {
    World world;
    CHECK(world.ask() == minutes{5});
    world.clock.advance(minutes{4});
    CHECK(world.ask() == minutes{1});
    world.clock.advance(seconds{59});
    CHECK(world.ask() == seconds{1});
    world.clock.advance(seconds{1});
    CHECK(world.ask() == seconds{0});
    world.clock.advance(hours{24 * 34});
    CHECK(world.ask() == seconds{0});
}

TEST_CASE("sender, recipient and network are all part of who is known") {
    World world;
    world.pass("a@b.test");
    CHECK(world.ask("other@b.test") > seconds{0});
    CHECK(world.ask("a@b.test", "198.51.100.0/24") > seconds{0});
    CHECK(world.ask("a@b.test", "192.0.2.0/24", "carol@example.test") > seconds{0});
}

TEST_CASE("a try behind the window is a first try again") {
    World world;
    world.ask();
    world.clock.advance(hours{48});
    CHECK(world.ask() == minutes{5});
    CHECK(world.rows() == 1);
    world.clock.advance(minutes{5});
    CHECK(world.ask() == seconds{0});
}

TEST_CASE("who has passed is forgotten when it stays away for too long, not when it comes often") {
    World world;
    world.pass("a@b.test");
    for (int month = 0; month < 4; ++month) {
        world.clock.advance(hours{24 * 30});
        CHECK(world.ask() == seconds{0});
    }
    world.clock.advance(hours{24 * 35});
    CHECK(world.ask() > seconds{0});
}

TEST_CASE("a network from which enough has passed need not wait, whatever it sends") {
    World world;
    world.rules.passes = 3;
    for (const char* sender : {"a@b.test", "b@b.test", "c@b.test"})
        world.pass(sender);
    CHECK(world.ask("new@b.test") == seconds{0});
    CHECK(world.ask("new@b.test", "198.51.100.0/24") > seconds{0});
    for (int month = 0; month < 3; ++month) {
        world.clock.advance(hours{24 * 30});
        CHECK(world.ask("newer@b.test") == seconds{0});
    }
    world.clock.advance(hours{24 * 35});
    CHECK(world.ask("newest@b.test") > seconds{0});
}

TEST_CASE("what is known survives a restart") {
    World world;
    world.ask();
    world.clock.advance(minutes{5});
    world.store.reset();
    CHECK(world.ask() == seconds{0});
    world.store.reset();
    CHECK(world.ask() == seconds{0});
}

TEST_CASE("a store that is never asked makes no file") {
    World world;
    world.open();
    CHECK_FALSE(std::filesystem::exists(world.folder / "greylist.db"));
}

TEST_CASE("expired rows go, and a full table lets those go that end first") {
    World world;
    world.rules.maxRows = 300;
    world.pass("known@b.test");
    for (int i = 0; i < 250; ++i)
        world.ask("once-" + std::string(static_cast<std::size_t>(i % 25), 'x') + "@b.test",
                  "10.0." + std::to_string(i) + ".0/24");
    CHECK(world.rows() == 251);
    for (int i = 0; i < 200; ++i)
        world.ask("flood@b.test", "10.1." + std::to_string(i) + ".0/24");
    CHECK(world.rows() <= 300);
    CHECK(world.ask("known@b.test") == seconds{0});

    world.clock.advance(hours{49});
    for (int i = 0; i < 5; ++i)
        world.ask("later@b.test", "10.2." + std::to_string(i) + ".0/24");
    CHECK(world.rows() == 6);
}

TEST_CASE("a clock that is set back makes nobody wait for longer than the delay") {
    World world;
    world.ask();
    world.clock.jumpTo(world.clock.now() - hours{24 * 365});
    CHECK(world.ask() == minutes{5});
    world.clock.advance(minutes{5});
    CHECK(world.ask() == seconds{0});
}

TEST_CASE("a damaged file is an error each time, until somebody takes it away") {
    World world;
    world.folder.write("greylist.db", std::string(8192, 'x'));
    CHECK_THROWS_AS(world.ask(), storage::SqliteError);
    CHECK_THROWS_AS(world.ask(), storage::SqliteError);
    std::filesystem::remove(world.folder / "greylist.db");
    CHECK(world.ask() == minutes{5});
}

TEST_CASE("a file that somebody holds is an error soon, and works again afterwards") {
    World world;
    world.ask();
    auto other = storage::Database::open(world.folder / "greylist.db", {});
    {
        const storage::WriteTransaction held{other};
        CHECK_THROWS_AS(world.ask(), storage::SqliteError);
    }
    CHECK(world.ask() == minutes{5});
}

TEST_CASE("many sessions may ask at once") {
    World world;
    world.open();
    std::atomic<int> waiting{0};
    {
        std::vector<std::jthread> sessions;
        for (int i = 0; i < 8; ++i) {
            sessions.emplace_back([&, i] {
                for (int n = 0; n < 50; ++n) {
                    const std::string sender = std::string(static_cast<std::size_t>(n + 1), 'x');
                    const auto answer = world.store->ask(
                        {"10.0." + std::to_string(i) + ".0/24", sender, "bob"}, world.clock.now());
                    if (answer.wait > seconds{0}) ++waiting;
                }
            });
        }
    }
    CHECK(waiting == 400);
    CHECK(world.rows() == 400);
}
