#include "common/base/poco_log.h"

#include "tests/support/fake_clock.h"

#include <array>
#include <doctest/doctest.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace postrider {

namespace {

/// A datagram pair: each write(2) arrives as one datagram, so that writes can be counted.
class Writes {
public:
    Writes() { REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends_.data()) == 0); }
    ~Writes() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    Writes(const Writes&) = delete;
    Writes& operator=(const Writes&) = delete;

    [[nodiscard]] int descriptor() const { return ends_[1]; }
    /// The next write, empty when there is none.
    [[nodiscard]] std::string next() const {
        std::array<char, 8192> buffer{};
        const ssize_t got = ::recv(ends_[0], buffer.data(), buffer.size(), MSG_DONTWAIT);
        return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : "";
    }

private:
    std::array<int, 2> ends_{};
};

}  // namespace

TEST_CASE("a log line is one write with time and severity in front") {
    const test::FakeClock clock;
    const Writes writes;
    PocoLog log{clock, {.threshold = Severity::Debug, .descriptor = writes.descriptor()}};
    log.debug("d", {});
    log.info("queued", {{"id", "0abc"}});
    log.warning("w", {});
    log.error("e", {{"why", "no space left"}});
    CHECK(writes.next() == "2026-11-21T12:00:00.000Z debug d\n");
    CHECK(writes.next() == "2026-11-21T12:00:00.000Z info queued id=0abc\n");
    CHECK(writes.next() == "2026-11-21T12:00:00.000Z warning w\n");
    CHECK(writes.next() == "2026-11-21T12:00:00.000Z error e why=\"no space left\"\n");
    CHECK(writes.next().empty());
}

TEST_CASE("lines below the threshold are not written") {
    const test::FakeClock clock;
    const Writes writes;
    PocoLog log{clock, {.threshold = Severity::Warning, .descriptor = writes.descriptor()}};
    log.debug("d", {});
    log.info("i", {});
    log.warning("w", {});
    CHECK(writes.next() == "2026-11-21T12:00:00.000Z warning w\n");
    CHECK(writes.next().empty());
}

TEST_CASE("lines of several threads do not mix") {
    const test::FakeClock clock;
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    std::string all;
    {
        const std::jthread reader{[&] {
            std::array<char, 65536> buffer{};
            ssize_t got = 0;
            while ((got = ::read(ends[0], buffer.data(), buffer.size())) > 0) {
                all.append(buffer.data(), static_cast<std::size_t>(got));
            }
        }};
        PocoLog log{clock, {.descriptor = ends[1]}};
        {
            std::vector<std::jthread> writers;
            writers.reserve(8);
            for (int i = 0; i < 4; ++i) {
                writers.emplace_back([&log] {
                    for (int n = 0; n < 500; ++n)
                        log.info("line", {{"v", std::string(200, 'x')}});
                });
            }
        }
        ::close(ends[1]);
    }
    ::close(ends[0]);
    const std::string line = "2026-11-21T12:00:00.000Z info line v=" + std::string(200, 'x') + '\n';
    REQUIRE(all.size() == 2000 * line.size());
    for (std::size_t at = 0; at < all.size(); at += line.size()) {
        REQUIRE(all.compare(at, line.size(), line) == 0);
    }
}

TEST_CASE("a log that nobody reads neither throws nor stops") {
    const test::FakeClock clock;
    PocoLog toClosed{clock, {.descriptor = 987'654}};
    toClosed.error("lost", {});
    PocoLog toNowhere{clock, {.descriptor = -1}};
    toNowhere.error("lost", {});
    PocoLog toSyslog{clock, {.descriptor = -1, .syslog = true}};
    toSyslog.debug("below the threshold", {});
}

}  // namespace postrider
