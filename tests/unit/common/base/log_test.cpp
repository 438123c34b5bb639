#include "common/base/log.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider {

using namespace std::string_literals;

TEST_CASE("a log line is the event and its fields in the order given") {
    CHECK(formatLogLine("started", {}) == "started");
    CHECK(formatLogLine("queued", {{"id", "0abc"}, {"from", "a@b.example"}, {"size", "1024"}}) ==
          "queued id=0abc from=a@b.example size=1024");
}

TEST_CASE("a value that could be mistaken for something else is quoted") {
    struct Case {
        std::string value;
        std::string written;
    };
    const Case cases[] = {{"", "\"\""},
                          {"two words", "\"two words\""},
                          {"a=b", "\"a=b\""},
                          {"say \"hi\"", "\"say \\\"hi\\\"\""},
                          {"\"", "\"\\\"\""},
                          {"a\\", "a\\x5c"},
                          {"\\\" x=\"", "\"\\x5c\\\" x=\\\"\""},
                          {"caf\xC3\xA9", "caf\xC3\xA9"}};
    for (const Case& c : cases) {
        CAPTURE(c.value);
        CHECK(formatLogLine("e", {{"k", c.value}}) == "e k="s + c.written);
    }
}

TEST_CASE("no value can start a second line or reach the terminal") {
    const std::string line = formatLogLine(
        "refused", {{"from", "x\r\nqueued id=forged"}, {"helo", "\x1b]0;t\x07\0"s}, {"b", "\xff"}});
    CHECK(line == "refused from=\"x\\x0d\\x0aqueued id=forged\" helo=\\x1b]0;t\\x07\\x00 b=\\xff");
}

TEST_CASE("a value is cut at 4 KiB") {
    const std::string line = formatLogLine("e", {{"k", std::string(100'000, 'x')}, {"l", "y"}});
    CHECK(line == "e k=" + std::string(4096, 'x') + "... l=y");
}

}  // namespace postrider
