#include "server/queue/queue_store.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/server/delivery/delivery_fixture.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>
#include <thread>

namespace postrider::test {

namespace {

constexpr std::size_t senders = 8;
constexpr std::size_t each = 100;

/// Real milliseconds until nothing is pending, at most twenty seconds.
bool waitUntilEmpty(queue::QueueStore& store) {
    for (int i = 0; i < 2000; ++i) {
        const auto totals = store.totals();
        if (totals.messages == 0) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
}

}  // namespace

TEST_CASE("with the real store, messages put by many threads are delivered, each once") {
    DeliveryFixture f;
    const TempDir folder;
    const auto store =
        queue::QueueStore::open({.dataDir = folder.path()}, f.clock, f.log, f.metrics);
    std::vector<queue::NewMessage> messages;
    messages.reserve(senders * each);
    for (std::size_t i = 0; i < senders * each; ++i)
        messages.push_back(f.message({"u" + std::to_string(i) + "@a.test"}));
    {
        delivery::Delivery delivery{
            f.options,
            {*store, f.couriers, f.router, f.mailLog, f.log, f.metrics, f.clock, f.random}};
        std::vector<std::jthread> threads;
        threads.reserve(senders);
        for (std::size_t s = 0; s < senders; ++s) {
            threads.emplace_back([&, s] {
                for (std::size_t i = 0; i < each; ++i) {
                    if (store->put(messages[s * each + i])) delivery.wake();
                }
            });
        }
        threads.clear();
        CHECK(waitUntilEmpty(*store));
        CHECK(delivery.stop(std::chrono::seconds{10}));
    }
    std::multiset<std::string> delivered;
    for (const auto& call : f.couriers.calls())
        delivered.insert(call.recipients.begin(), call.recipients.end());
    CHECK(delivered.size() == senders * each);
    CHECK(std::set(delivered.begin(), delivered.end()).size() == senders * each);
}

TEST_CASE("with the real store, a refused recipient is failed and the report delivered") {
    DeliveryFixture f;
    const TempDir folder;
    const auto store =
        queue::QueueStore::open({.dataDir = folder.path()}, f.clock, f.log, f.metrics);
    f.couriers.answer("a.test", [](const auto&) { return RecordingCouriers::refused(); });
    REQUIRE(store->put(f.message({"bob@a.test"})));
    delivery::Delivery delivery{
        f.options, {*store, f.couriers, f.router, f.mailLog, f.log, f.metrics, f.clock, f.random}};
    REQUIRE(f.couriers.waitForCalls(2));
    CHECK(waitUntilEmpty(*store));
    CHECK(f.couriers.calls()[1].recipients == std::vector<std::string>{"alice@sender.test"});
    CHECK(delivery.stop(std::chrono::seconds{10}));
}

}  // namespace postrider::test
