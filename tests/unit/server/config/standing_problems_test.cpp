#include "server/config/standing_problems.h"

#include "tests/support/recording_log.h"

#include <doctest/doctest.h>

using namespace postrider;

TEST_CASE("what is wrong goes to the log once for as long as it stands") {
    test::RecordingLog log;
    config::StandingProblems problems{log, "domains"};
    problems.tell({"one"});
    problems.tell({"one", "two"});
    problems.tell({"two"});
    CHECK(problems.get() == std::vector<std::string>{"two"});
    REQUIRE(log.lines().size() == 2);
    CHECK(log.lines().at(1).text == "reload-failed what=domains reason=two");
    problems.tell({"one", "two"});  // it was mended meanwhile
    CHECK(log.count("reason=one") == 2);
}

TEST_CASE("what somebody else has told stands, too") {
    test::RecordingLog log;
    config::StandingProblems problems{log, "domains"};
    problems.note({"one"});
    CHECK(problems.get() == std::vector<std::string>{"one"});
    problems.tell({"one"});
    CHECK(log.lines().empty());
    problems.note({});
    CHECK(problems.get().empty());
}
