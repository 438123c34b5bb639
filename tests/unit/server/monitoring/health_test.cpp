#include "server/monitoring/health.h"

#include <doctest.h>
#include <stdexcept>

namespace postrider::monitoring {

TEST_CASE("all checks well: ok, with one line each in order") {
    const auto health =
        examine({{"queue", [] { return ""; }}, {"certificates", [] { return ""; }}});
    CHECK(health.well);
    CHECK(health.text == "ok\nqueue: ok\ncertificates: ok\n");
}

TEST_CASE("one problem is enough to fail, and the others are still told") {
    const auto health =
        examine({{"queue", [] { return "the disk is full"; }}, {"listener", [] { return ""; }}});
    CHECK_FALSE(health.well);
    CHECK(health.text == "failing\nqueue: the disk is full\nlistener: ok\n");
}

TEST_CASE("a check that throws is a problem, not a crash") {
    const auto health =
        examine({{"queue", []() -> std::string { throw std::runtime_error("no file"); }}});
    CHECK_FALSE(health.well);
    CHECK(health.text == "failing\nqueue: the check itself failed: no file\n");
}

TEST_CASE("a reason stays on its line") {
    const auto health = examine({{"a", [] { return "x\nb: ok"; }}});
    CHECK(health.text.find("\nb: ok") == std::string::npos);
}

TEST_CASE("without checks there is nothing wrong") {
    CHECK(examine({}).well);
}

}  // namespace postrider::monitoring
