#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/recording_log.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <set>
#include <string>

namespace postrider {

TEST_CASE("a fake clock moves only by hand, and a jump leaves the steady time alone") {
    test::FakeClock clock;
    const auto now = clock.now();
    const auto steady = clock.steady();
    CHECK(clock.now() == now);
    clock.advance(std::chrono::minutes{5});
    CHECK(clock.now() - now == std::chrono::minutes{5});
    CHECK(clock.steady() - steady == std::chrono::minutes{5});
    clock.jumpTo(fromUnixSeconds(0));
    CHECK(unixSeconds(clock.now()) == 0);
    CHECK(clock.steady() - steady == std::chrono::minutes{5});
}

TEST_CASE("a fake random source repeats itself for the same seed only") {
    test::FakeRandom one{7};
    test::FakeRandom same{7};
    test::FakeRandom other{8};
    const auto first = one.next();
    CHECK(first == same.next());
    CHECK(first != other.next());
    CHECK(one.token(12) == same.token(12));
}

TEST_CASE("a token has the length asked for and only small letters and digits") {
    test::FakeRandom random;
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string token = random.token(12);
        REQUIRE(token.size() == 12);
        REQUIRE(token.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") ==
                std::string::npos);
        seen.insert(token);
    }
    CHECK(seen.size() == 1000);
}

TEST_CASE("the kernel's random numbers differ") {
    SystemRandom random;
    CHECK(random.next() != random.next());
}

TEST_CASE("a recording log keeps severity and text") {
    test::RecordingLog log;
    log.warning("tls_reload_failed", {{"file", "a b"}});
    log.info("started", {});
    REQUIRE(log.lines().size() == 2);
    CHECK(log.lines()[0].severity == Severity::Warning);
    CHECK(log.lines()[0].text == "tls_reload_failed file=\"a b\"");
    CHECK(log.contains("started"));
    CHECK(log.count("nothing") == 0);
}

TEST_CASE("a temporary folder is gone with its object") {
    std::filesystem::path path;
    {
        const test::TempDir folder;
        path = folder.path();
        folder.write("deep/down/file", "text");
        CHECK(std::filesystem::file_size(path / "deep/down/file") == 4);
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

}  // namespace postrider
