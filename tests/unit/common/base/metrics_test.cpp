#include "common/base/metrics.h"

#include "common/base/text.h"

#include <doctest/doctest.h>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>

namespace postrider {

TEST_CASE("an empty registry is still a whole OpenMetrics text") {
    const Metrics metrics;
    CHECK(metrics.openMetrics() == "# EOF\n");
}

TEST_CASE("counters and gauges are written by name, type before help") {
    Metrics metrics;
    metrics.gauge("postrider_sessions", "Open sessions.").set(-3);
    metrics.counter("postrider_messages", "Messages \"taken\"\nor \\ not.", {"verdict", "queued"})
        .add(5);
    metrics.counter("postrider_messages", "ignored", {"verdict", "a\"b\\c\nd"}).add();
    CHECK(metrics.openMetrics() ==
          "# TYPE postrider_messages counter\n"
          "# HELP postrider_messages Messages \\\"taken\\\"\\nor \\\\ not.\n"
          "postrider_messages_total{verdict=\"a\\\"b\\\\c\\nd\"} 1\n"
          "postrider_messages_total{verdict=\"queued\"} 5\n"
          "# TYPE postrider_sessions gauge\n"
          "# HELP postrider_sessions Open sessions.\n"
          "postrider_sessions -3\n"
          "# EOF\n");
}

TEST_CASE("a histogram's buckets are cumulative and end in +Inf, which is the count") {
    Metrics metrics;
    Histogram& seconds = metrics.histogram("commit_seconds", "Commits.", {0.0005, 1, 2.5});
    for (const double value : {0.0005, 0.25, 1.0, 2.0, 60.0})
        seconds.observe(value);
    seconds.observe(std::numeric_limits<double>::quiet_NaN());
    CHECK(metrics.openMetrics() ==
          "# TYPE commit_seconds histogram\n"
          "# HELP commit_seconds Commits.\n"
          "commit_seconds_bucket{le=\"0.0005\"} 1\n"
          "commit_seconds_bucket{le=\"1.0\"} 3\n"
          "commit_seconds_bucket{le=\"2.5\"} 4\n"
          "commit_seconds_bucket{le=\"+Inf\"} 5\n"
          "commit_seconds_sum 63.2505\n"
          "commit_seconds_count 5\n"
          "# EOF\n");
}

TEST_CASE("the latency buckets go up") {
    const auto bounds = Histogram::latencyBounds();
    CHECK(bounds.front() == 0.0005);
    CHECK(bounds.back() == 60);
    for (std::size_t i = 1; i < bounds.size(); ++i)
        CHECK(bounds[i - 1] < bounds[i]);
}

TEST_CASE("the same name and label is the same counter") {
    Metrics metrics;
    Counter& one = metrics.counter("x", "X.", {"l", "v"});
    CHECK(&one == &metrics.counter("x", "X.", {"l", "v"}));
    CHECK(&one != &metrics.counter("x", "X.", {"l", "w"}));
    CHECK(&metrics.histogram("h", "H.") == &metrics.histogram("h", "H."));
}

TEST_CASE("a name with two kinds, and a name that is none, are bugs") {
    Metrics metrics;
    metrics.counter("x", "X.");
    CHECK_THROWS_AS(metrics.gauge("x", "X."), std::logic_error);
    CHECK_THROWS_AS(metrics.histogram("x", "X."), std::logic_error);
    CHECK_THROWS_AS(metrics.gaugeFrom("x", "X.", [] { return 1.0; }), std::logic_error);
    for (const std::string bad : {"", "1x", "a-b", "a b", "a.b", "caf\xC3\xA9", "x_total"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(metrics.counter(bad, "X."), std::logic_error);
    }
    CHECK(metrics.openMetrics() == "# TYPE x counter\n# HELP x X.\nx_total 0\n# EOF\n");
}

TEST_CASE("the 201st label value and all after it are counted under other") {
    Metrics metrics;
    for (int i = 0; i < 1000; ++i) {
        metrics.counter("x", "X.", {"domain", "d" + std::to_string(i)}).add();
    }
    CHECK(metrics.counter("x", "X.", {"domain", "d7"}).value() == 1);
    CHECK(metrics.counter("x", "X.", {"domain", "other"}).value() == 800);
    const std::string all = metrics.openMetrics();
    std::size_t samples = 0;
    for (const auto line : text::split(all, '\n'))
        samples += line.starts_with("x_total") ? 1 : 0;
    CHECK(samples == 201);
}

TEST_CASE("a label value that is no UTF-8 leaves the text valid") {
    Metrics metrics;
    metrics.counter("x", "X.", {"l", "\xff"}).add();
    metrics.counter("x", "X.", {"l", "\xff"}).add();
    CHECK(text::isUtf8(metrics.openMetrics()));
    CHECK(metrics.openMetrics().find("x_total{l=\"\\\\xff\"} 2\n") != std::string::npos);
}

TEST_CASE("a callback gauge is asked at each scrape until it is removed") {
    Metrics metrics;
    double value = 1.5;
    metrics.gaugeFrom("wal_bytes", "WAL.", [&value] { return value; });
    const std::string head = "# TYPE wal_bytes gauge\n# HELP wal_bytes WAL.\n";
    CHECK(metrics.openMetrics() == head + "wal_bytes 1.5\n# EOF\n");
    value = 4'194'304;
    CHECK(metrics.openMetrics() == head + "wal_bytes 4194304.0\n# EOF\n");
    value = std::numeric_limits<double>::infinity();
    CHECK(metrics.openMetrics() == head + "wal_bytes +Inf\n# EOF\n");
    metrics.gaugeFrom("wal_bytes", "WAL.", {});
    CHECK(metrics.openMetrics() == "# EOF\n");
}

TEST_CASE("a callback may use the registry, and one that throws costs only itself") {
    Metrics metrics;
    metrics.gaugeFrom("broken", "B.", []() -> double { throw std::runtime_error("disk gone"); });
    metrics.gaugeFrom("fine", "F.", [&metrics] {
        metrics.counter("asked", "A.").add();
        return 1.0;
    });
    const std::string all = metrics.openMetrics();
    CHECK(all.find("broken") == std::string::npos);
    CHECK(all.find("fine 1.0\n") != std::string::npos);
    CHECK(all.find("asked_total 1\n") != std::string::npos);
}

TEST_CASE("no count is lost between threads") {
    Metrics metrics;
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&metrics] {
                for (int n = 0; n < 5000; ++n) {
                    metrics.counter("c", "C.", {"l", "v"}).add();
                    metrics.gauge("g", "G.").add(n % 2 == 0 ? 1 : -1);
                    metrics.histogram("h", "H.").observe(0.25);
                    if (n % 1000 == 0) CHECK(metrics.openMetrics().ends_with("# EOF\n"));
                }
            });
        }
    }
    CHECK(metrics.counter("c", "C.", {"l", "v"}).value() == 20'000);
    CHECK(metrics.gauge("g", "G.").value() == 0);
    CHECK(metrics.histogram("h", "H.").snapshot().cumulative.back() == 20'000);
    CHECK(metrics.histogram("h", "H.").snapshot().sum == doctest::Approx(5000));
}

}  // namespace postrider
