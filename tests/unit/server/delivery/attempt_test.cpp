#include "server/delivery/attempt.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/recording_log.h"

#include <doctest/doctest.h>
#include <functional>
#include <stdexcept>

namespace postrider::test {

using plugin::DeliveryOutcome;
using plugin::Disposition;

namespace {

/// Answers by a function.
class OddCouriers final : public delivery::Couriers {
public:
    std::function<std::vector<DeliveryOutcome>(const plugin::DeliveryRequest&)> answer;
    std::vector<DeliveryOutcome> deliver(const std::string&,
                                         const plugin::DeliveryRequest& request) override {
        return answer(request);
    }
};

struct Bench {
    OddCouriers couriers;
    FakeClock clock;
    FakeRandom random;
    RecordingLog log;
    mail::QueueId id = mail::QueueId::make(clock.now(), random);

    delivery::Job job(std::size_t recipients) {
        delivery::Job job{id, {"remote", "x.test"}, {}, {}, {}};
        for (std::size_t i = 0; i < recipients; ++i) {
            const auto path = forwardPath("u@x.test");
            job.recipients.push_back({static_cast<std::int64_t>(i),
                                      id,
                                      "remote",
                                      "x.test",
                                      path,
                                      path,
                                      {},
                                      static_cast<unsigned>(i)});
        }
        return job;
    }
    delivery::Attempted attempt(std::size_t recipients) {
        const queue::StoredMessage message{id,          reversePath("a@b.test"),
                                           {},          clock.now(),
                                           clock.now(), mail::MessageContent::fromMemory("x")};
        return delivery::attempt(job(recipients), message, std::chrono::seconds{60},
                                 {couriers, clock, log});
    }
};

DeliveryOutcome outcome(Disposition disposition, mail::EnhancedStatus status) {
    return {disposition, status, "text", "mx", {}};
}

}  // namespace

TEST_CASE("whatever a courier throws means later for everybody (ARCHITECTURE decision 7)") {
    Bench bench;
    bench.couriers.answer = [](const auto&) -> std::vector<DeliveryOutcome> {
        throw std::runtime_error("bug");
    };
    auto attempted = bench.attempt(2);
    REQUIRE(attempted.outcomes.size() == 2);
    CHECK(attempted.outcomes[1].disposition == Disposition::Transient);
    CHECK(attempted.outcomes[1].status == mail::EnhancedStatus{4, 3, 0});
    CHECK(attempted.outcomes[1].diagnostic.find("bug") == std::string::npos);
    bench.couriers.answer = [](const auto&) -> std::vector<DeliveryOutcome> { throw 7; };
    CHECK(bench.attempt(2).outcomes.size() == 2);
    CHECK(bench.log.count("courier-threw") == 2);
}

TEST_CASE("missing outcomes mean later, surplus ones nothing") {
    Bench bench;
    bench.couriers.answer = [](const auto&) {
        return std::vector{outcome(Disposition::Delivered, {2, 0, 0})};
    };
    auto attempted = bench.attempt(3);
    REQUIRE(attempted.outcomes.size() == 3);
    CHECK(attempted.outcomes[0].disposition == Disposition::Delivered);
    CHECK(attempted.outcomes[1].disposition == Disposition::Transient);
    bench.couriers.answer = [](const auto&) {
        return std::vector(5, outcome(Disposition::Delivered, {2, 0, 0}));
    };
    CHECK(bench.attempt(3).outcomes.size() == 3);
}

TEST_CASE("a status that contradicts the disposition is replaced by the generic one") {
    struct Case {
        Disposition disposition = Disposition::Transient;
        mail::EnhancedStatus given;
        mail::EnhancedStatus kept;
    };
    const Case cases[] = {
        {Disposition::Delivered, {2, 1, 5}, {2, 1, 5}},
        {Disposition::Delivered, {5, 1, 1}, {2, 0, 0}},
        {Disposition::Transient, {5, 1, 1}, {4, 0, 0}},
        {Disposition::Permanent, {4, 2, 2}, {5, 0, 0}},
        {Disposition::Permanent, {5, 7, 1}, {5, 7, 1}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.given.toString());
        Bench bench;
        bench.couriers.answer = [&](const auto&) {
            return std::vector{outcome(c.disposition, c.given)};
        };
        CHECK(bench.attempt(1).outcomes[0].status == c.kept);
    }
}

TEST_CASE(
    "a destination is unreachable only when network trouble is all that anybody got (RFC 3463 "
    "3.5)") {
    using How = delivery::JobEnd::How;
    const auto network = outcome(Disposition::Transient, {4, 4, 1});
    const auto greylisted = outcome(Disposition::Transient, {4, 7, 1});
    const auto taken = outcome(Disposition::Delivered, {2, 0, 0});
    const auto nullMx = outcome(Disposition::Permanent, {5, 4, 4});
    struct Case {
        const char* name;
        std::vector<DeliveryOutcome> outcomes;
        How how;
    };
    const Case cases[] = {{"network", {network, network}, How::Unreachable},
                          {"greylisted", {greylisted, greylisted}, How::Answered},
                          {"mixed", {network, taken}, How::Answered},
                          {"permanent", {nullMx, nullMx}, How::Answered}};
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Bench bench;
        bench.couriers.answer = [&](const auto&) { return c.outcomes; };
        CHECK(bench.attempt(2).end.how == c.how);
    }
}

TEST_CASE("a courier is told the next hop, the deadline and which try this is") {
    Bench bench;
    bench.couriers.answer = [&](const plugin::DeliveryRequest& request) {
        CHECK(request.nextHop == "x.test");
        CHECK(request.deadline == bench.clock.steady() + std::chrono::seconds{60});
        CHECK(request.attempt == 3);
        CHECK(request.reversePath.toString() == "a@b.test");
        bench.clock.advance(std::chrono::milliseconds{1500});
        return std::vector(3, outcome(Disposition::Delivered, {2, 0, 0}));
    };
    CHECK(bench.attempt(3).took == std::chrono::milliseconds{1500});
}

TEST_CASE("what a suspended job is settled with says that nothing was tried, once") {
    Bench bench;
    delivery::Job job = bench.job(2);
    job.suspended = outcome(Disposition::Transient, {4, 4, 1});
    auto attempted = delivery::withoutTrying(job);
    REQUIRE(attempted.outcomes.size() == 2);
    CHECK(attempted.outcomes[0].diagnostic == "not tried again yet: text");
    CHECK(attempted.outcomes[0].remoteMta.empty());
    CHECK(attempted.end.how == delivery::JobEnd::How::NotTried);
    CHECK_FALSE(attempted.tried);
}

}  // namespace postrider::test
