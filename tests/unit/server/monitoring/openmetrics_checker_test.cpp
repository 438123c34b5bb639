#include "tests/support/openmetrics_checker.h"

#include <doctest.h>
#include <string>
#include <vector>

namespace postrider::test {

TEST_CASE("a correct text has no complaints") {
    CHECK(OpenMetricsChecker::complaintsAbout("# EOF\n").empty());
    CHECK(OpenMetricsChecker::complaintsAbout("# TYPE a counter\n"
                                              "# HELP a Things\\nand \\\"more\\\" \\\\.\n"
                                              "a_total{x=\"1\"} 1\n"
                                              "a_total{x=\"\\\"}\"} 2\n"
                                              "# TYPE b gauge\n"
                                              "b -1.5\n"
                                              "# TYPE c histogram\n"
                                              "c_bucket{le=\"0.5\"} 1\n"
                                              "c_bucket{le=\"+Inf\"} 3\n"
                                              "c_sum 4.5\n"
                                              "c_count 3\n"
                                              "# EOF\n")
              .empty());
}

TEST_CASE("each breach of OpenMetrics is noticed") {
    const std::vector<std::string> wrong{
        "",
        "# EOF",
        "# TYPE a gauge\na 1\n",
        "# EOF\n\n",
        "# EOF\n# EOF\n",
        "a 1\n# EOF\n",
        "# HELP a x\na 1\n# EOF\n",
        "# TYPE a\na 1\n# EOF\n",
        "# TYPE a number\na 1\n# EOF\n",
        "# TYPE 1a gauge\n1a 1\n# EOF\n",
        "#TYPE a gauge\na 1\n# EOF\n",
        "# TYPE a gauge\n# HELP a \\x\na 1\n# EOF\n",
        "# TYPE a gauge\na 1\n# HELP a late\n# EOF\n",
        "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\n# EOF\n",
        "# TYPE a gauge\na 1\na 2\n# EOF\n",
        "# TYPE a gauge\na 0x1\n# EOF\n",
        "# TYPE a gauge\na  1\n# EOF\n",
        "# TYPE a gauge\na 1 1700000000\n# EOF\n",
        "# TYPE a gauge\na\n# EOF\n",
        "# TYPE a gauge\na_total 1\n# EOF\n",
        "# TYPE a gauge\na{} 1\n# EOF\n",
        "# TYPE a gauge\na{x=1} 1\n# EOF\n",
        "# TYPE a gauge\na{x=\"1\",x=\"2\"} 1\n# EOF\n",
        "# TYPE a gauge\nb 1\n# EOF\n",
        "# TYPE a counter\na 1\n# EOF\n",
        "# TYPE a counter\na_total -1\n# EOF\n",
        "# TYPE a histogram\na_bucket{le=\"1.0\"} 1\na_sum 1\na_count 1\n# EOF\n",
        "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\na_count 1\n# EOF\n",
        "# TYPE a histogram\na_bucket{le=\"1.0\"} 2\na_bucket{le=\"+Inf\"} 1\na_count 1\n# EOF\n",
        "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_bucket{le=\"1.0\"} 1\na_count 1\n# EOF\n",
        "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 2\n# EOF\n",
        "# TYPE a histogram\na_bucket 1\n# EOF\n",
        "\n# EOF\n",
    };
    for (const auto& text : wrong) {
        CAPTURE(text);
        CHECK_FALSE(OpenMetricsChecker::complaintsAbout(text).empty());
    }
}

}  // namespace postrider::test
