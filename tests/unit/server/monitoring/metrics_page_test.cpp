#include "server/monitoring/site.h"
#include "tests/support/openmetrics_checker.h"

#include <doctest.h>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace postrider::monitoring {

namespace {

void fill(Metrics& metrics) {
    for (const std::string event : {"connected", "queued", "dsn-queued"})
        metrics.counter("postrider_events", "Events in the life of sessions and messages",
                        {"event", event});
    metrics.counter("postrider_events", "", {"event", "connected"}).add(42);
    metrics.counter("postrider_events", "", {"event", "odd \"\\\n value"}).add(1);
    metrics.gauge("postrider_sessions", "Open sessions").set(3);
    metrics.gauge("postrider_drift", "A level below zero").set(-2);
    metrics.gaugeFrom("postrider_load", "Asked at each scrape", [] { return 0.25; });
    auto& latency = metrics.histogram("postrider_dialogue_seconds", "Latency", {0.005, 0.5, 1, 60});
    for (const double value : {0.001, 0.25, 0.25, 2.0, 100.0})
        latency.observe(value);
}

std::string golden() {
    const std::ifstream file{POSTRIDER_TESTS_DIR "/golden/metrics.txt"};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("/metrics is exactly the golden text") {
    Metrics metrics;
    NullLog log;
    fill(metrics);
    const Site site{{.metrics = metrics, .log = log, .health = {}}};
    CHECK(site.answer("/metrics").body == golden());
}

TEST_CASE("the golden text is correct OpenMetrics") {
    for (const auto& complaint : test::OpenMetricsChecker::complaintsAbout(golden()))
        FAIL_CHECK(complaint);
}

TEST_CASE("an empty registry is correct OpenMetrics too") {
    const Metrics metrics;
    CHECK(test::OpenMetricsChecker::complaintsAbout(metrics.openMetrics()).empty());
}

}  // namespace postrider::monitoring
