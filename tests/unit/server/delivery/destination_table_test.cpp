#include "server/delivery/destination_table.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_random.h"

#include <doctest/doctest.h>
#include <map>
#include <set>
#include <string>

namespace postrider::test {

using delivery::DestinationLimits;
using delivery::DestinationTable;
using delivery::Job;
using delivery::JobEnd;

namespace {

constexpr std::chrono::seconds second{1};

/// A table and what is needed to fill it.
struct Bench {
    FakeRandom random;
    DestinationTable table;
    SteadyTime now{std::chrono::hours{1}};
    std::int64_t lastRow = 0;

    explicit Bench(DestinationLimits limits = {2, 3, {second * 60, second * 300}},
                   std::size_t threads = 50, std::size_t capacity = 1000)
        : table(std::move(limits), threads, capacity) {}

    mail::QueueId message() { return mail::QueueId::make(WallTime{second}, random); }
    bool add(const mail::QueueId& id, const std::string& hop) { return addRow(++lastRow, id, hop); }
    bool addRow(std::int64_t row, const mail::QueueId& id, const std::string& hop,
                const std::string& courier = "remote") {
        const auto path = forwardPath("u" + std::to_string(row) + "@x.test");
        return table.add({row, id, courier, hop, path, path, {}, 0});
    }
    void addMany(int count, const std::string& hop) {
        for (int i = 0; i < count; ++i)
            add(message(), hop);
    }
    std::optional<Job> take() { return table.take(now); }
    bool leave(const Job& job, JobEnd::How how) {
        plugin::DeliveryOutcome failure;
        failure.status = {4, 4, 1};
        failure.diagnostic = "nobody there";
        return table.leave(job, {how, failure}, now);
    }
};

std::vector<std::int64_t> rows(const Job& job) {
    std::vector<std::int64_t> ids;
    for (const auto& recipient : job.recipients)
        ids.push_back(recipient.rowId);
    return ids;
}

}  // namespace

TEST_CASE("recipients of one message and next hop are one job, up to the limit") {
    Bench bench;
    const auto id = bench.message();
    for (int i = 0; i < 5; ++i)
        bench.add(id, "a.test");
    bench.add(id, "b.test");
    bench.add(bench.message(), "a.test");
    std::multiset<std::size_t> sizes;
    while (const auto job = bench.take()) {
        sizes.insert(job->recipients.size());
        bench.leave(*job, JobEnd::How::Answered);
    }
    CHECK(sizes == std::multiset<std::size_t>{3, 2, 1, 1});
}

TEST_CASE("a recipient is in memory once, until its outcome is written down") {
    Bench bench;
    const auto id = bench.message();
    CHECK(bench.addRow(7, id, "a.test"));
    CHECK_FALSE(bench.addRow(7, id, "a.test"));
    const auto job = bench.take();
    REQUIRE(job);
    CHECK_FALSE(bench.addRow(7, id, "a.test"));
    bench.leave(*job, JobEnd::How::Answered);
    CHECK_FALSE(bench.addRow(7, id, "a.test"));
    bench.table.release(rows(*job));
    CHECK(bench.addRow(7, id, "a.test"));
}

TEST_CASE("a recipient settled while the queue is read does not come back from the old snapshot") {
    Bench bench;
    const auto id = bench.message();
    bench.addRow(7, id, "a.test");
    const auto job = bench.take();
    bench.table.beginRefill();
    bench.leave(*job, JobEnd::How::Answered);
    bench.table.release({7});
    CHECK(bench.table.passOver({7, "remote", "a.test"}));
    CHECK_FALSE(bench.addRow(7, id, "a.test"));
    bench.table.endRefill(bench.now);
    CHECK(bench.addRow(7, id, "a.test"));
}

TEST_CASE("no destination gets more attempts at once than its limit") {
    Bench bench;
    bench.addMany(10, "a.test");
    std::vector<Job> running;
    while (auto job = bench.take())
        running.push_back(*std::move(job));
    CHECK(running.size() == 2);
    bench.leave(running[0], JobEnd::How::Answered);
    CHECK(bench.take());
    CHECK_FALSE(bench.take());
}

TEST_CASE("destinations take turns, however long one's line is") {
    Bench bench{{1000, 1, {second}}, 1000};
    bench.addMany(200, "long.test");
    bench.addMany(3, "short.test");
    std::map<std::string, int> taken;
    for (int i = 0; i < 6; ++i)
        ++taken[bench.take()->destination.nextHop];
    CHECK(taken["short.test"] == 3);
    CHECK(taken["long.test"] == 3);
}

TEST_CASE("slow destinations together never take the last thread (ATTACKS 1.3)") {
    Bench bench{{20, 1, {second}}, 50, 10'000};
    for (int d = 0; d < 12; ++d)
        bench.addMany(100, "slow" + std::to_string(d) + ".test");
    std::size_t running = 0;
    while (bench.take())
        ++running;
    CHECK(running < 50);
    bench.add(bench.message(), "fast.test");
    const auto job = bench.take();
    REQUIRE(job);
    CHECK(job->destination.nextHop == "fast.test");
}

TEST_CASE("however many hosts are slow, the other courier has threads (ATTACKS 1.3)") {
    Bench bench{{20, 1, {second}}, 50, 10'000};
    for (int d = 0; d < 500; ++d)
        bench.addMany(2, "slow" + std::to_string(d) + ".test");
    std::size_t slow = 0;
    while (bench.take())
        ++slow;
    CHECK(slow == 40);
    for (int i = 0; i < 20; ++i)
        bench.addRow(++bench.lastRow, bench.message(), "", "maildir");
    std::size_t local = 0;
    while (const auto job = bench.take()) {
        CHECK(job->destination.courier == "maildir");
        ++local;
        bench.leave(*job, JobEnd::How::Answered);
    }
    CHECK(local == 20);
}

TEST_CASE("one long line leaves room for others in memory, and says that more is in the queue") {
    Bench bench{{2, 1, {second}}, 50, 100};
    bench.table.beginRefill();
    for (int i = 0; i < 1000; ++i)
        bench.add(bench.message(), "long.test");
    CHECK(bench.table.readyRecipients() <= 50);
    CHECK(bench.table.endRefill(bench.now).passedOver);
    CHECK(bench.add(bench.message(), "other.test"));
}

TEST_CASE("a crowd of slow destinations does not keep a new one out, and memory stays bounded") {
    Bench bench{{2, 1, {second}}, 50, 100};
    for (int d = 0; d < 60; ++d)
        bench.addMany(10, "slow" + std::to_string(d) + ".test");
    CHECK(bench.table.readyRecipients() <= 400);
    CHECK(bench.add(bench.message(), "new.test"));
    for (int d = 0; d < 1000; ++d)
        bench.addMany(10, "more" + std::to_string(d) + ".test");
    CHECK(bench.table.readyRecipients() == 400);
}

TEST_CASE("where nobody is, the rest is settled without trying until the back-off is over") {
    Bench bench;
    bench.addMany(4, "dead.test");
    const auto first = bench.take();
    bench.leave(*first, JobEnd::How::Unreachable);

    const auto suspended = bench.take();
    REQUIRE(suspended);
    REQUIRE(suspended->suspended);
    CHECK(suspended->suspended->diagnostic == "nobody there");
    bench.leave(*suspended, JobEnd::How::NotTried);

    // half of the schedule's first minute
    bench.now += second * 31;
    const auto probe = bench.take();
    REQUIRE(probe);
    CHECK_FALSE(probe->suspended);
    CHECK_FALSE(bench.take());  // one at a time, until somebody answers
    bench.leave(*probe, JobEnd::How::Answered);
    CHECK_FALSE(bench.take()->suspended);
}

TEST_CASE("the back-off grows with failures in a row, to a quarter of an hour") {
    Bench bench{{2, 1, {second * 60, second * 300, second * 36000}}};
    bench.add(bench.message(), "dead.test");
    Job probe = *bench.take();
    for (const int expected : {30, 150, 900, 900}) {
        CAPTURE(expected);
        bench.leave(probe, JobEnd::How::Unreachable);
        int waited = 0;
        for (;; waited += 10, bench.now += second * 10) {
            bench.add(bench.message(), "dead.test");
            probe = *bench.take();
            if (!probe.suspended) break;
            bench.leave(probe, JobEnd::How::NotTried);
        }
        CHECK(waited == expected);
    }
}

TEST_CASE("attempts that fail side by side count as one failure") {
    Bench bench{{20, 1, {second * 60, second * 3600}}};
    bench.addMany(5, "dead.test");
    std::vector<Job> running;
    while (auto job = bench.take())
        running.push_back(*std::move(job));
    REQUIRE(running.size() == 5);
    for (const Job& job : running) {
        bench.now += second;
        bench.leave(job, JobEnd::How::Unreachable);
    }
    bench.add(bench.message(), "dead.test");
    bench.now += second * 27;  // 31 after the first failure
    const auto probe = bench.take();
    REQUIRE(probe);
    CHECK_FALSE(probe->suspended);
}

TEST_CASE("the last job of a message is known as the last") {
    Bench bench;
    const auto id = bench.message();
    bench.add(id, "a.test");
    bench.add(id, "b.test");
    const auto first = bench.take();
    const auto last = bench.take();
    CHECK_FALSE(bench.leave(*first, JobEnd::How::Answered));
    CHECK(bench.leave(*last, JobEnd::How::Answered));
}

TEST_CASE("reconsider forgets what waits and every back-off, not what is in flight") {
    Bench bench;
    bench.addMany(3, "dead.test");
    const auto failed = bench.take();
    bench.leave(*failed, JobEnd::How::Unreachable);
    const auto flying = bench.take();
    bench.table.reconsider();
    CHECK(bench.table.readyRecipients() == 0);
    CHECK(bench.table.inFlight() == 1);
    CHECK_FALSE(bench.take());
    CHECK_FALSE(bench.addRow(2, flying->id, "dead.test"));  // the one in flight
    CHECK(bench.addRow(3, bench.message(), "dead.test"));
    bench.leave(*flying, JobEnd::How::NotTried);
    const auto again = bench.take();
    REQUIRE(again);
    CHECK_FALSE(again->suspended);
}

TEST_CASE("a destination without work and failure is forgotten") {
    Bench bench;
    for (int i = 0; i < 100; ++i) {
        bench.add(bench.message(), "d" + std::to_string(i) + ".test");
        bench.leave(*bench.take(), JobEnd::How::Answered);
    }
    CHECK(bench.table.destinations() == 0);
}

}  // namespace postrider::test
