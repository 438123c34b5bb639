#include "common/net/poco_line_channel.h"

#include "tests/support/channel_pair.h"

#include <chrono>
#include <csignal>
#include <doctest.h>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

using namespace postrider;
using namespace std::chrono_literals;
using net::ChannelError;
using test::ChannelPair;

namespace {

constexpr std::size_t lineLimit = 512;

std::chrono::milliseconds since(SteadyTime begin) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(steadyNow() - begin);
}

}  // namespace

TEST_CASE("lines come out without CRLF, in order, however they were cut on the way") {
    ChannelPair pair;
    pair.peerSays("EHLO a\r\nMAIL FROM:<>\r");
    CHECK(pair.ours->readLine(lineLimit).value() == "EHLO a");
    CHECK(pair.ours->buffered() == 13);
    pair.peerSays("\nRSET\r\n");
    CHECK(pair.ours->readLine(lineLimit).value() == "MAIL FROM:<>");
    CHECK(pair.ours->readLine(lineLimit).value() == "RSET");
    CHECK(pair.ours->buffered() == 0);
}

TEST_CASE("a bare CR or LF is not a line end (RFC 5321 2.3.8)") {
    for (const std::string octets : {"NOOP\nQUIT\r\n", "NOOP\rQUIT\r\n", "NOOP\r\r\n", "\n\r\n"}) {
        CAPTURE(octets);
        ChannelPair pair;
        pair.peerSays(octets);
        const auto line = pair.ours->readLine(lineLimit);
        REQUIRE_FALSE(line);
        CHECK(line.error() == ChannelError::BareLineEnd);
    }
}

TEST_CASE("a line over the limit is skipped whole and never executed in part (S-048)") {
    for (const std::size_t size : {511U, 600U, 4096U, 100'000U}) {
        CAPTURE(size);
        ChannelPair pair;
        pair.ours->setDeadline(Deadline::after(5s));
        std::jthread peer([&] {
            const std::string line = std::string(size, 'x') + "\r\nNOOP\r\n";
            for (std::size_t at = 0; at < line.size(); at += 1000) {
                pair.peerSays(std::string_view(line).substr(at, 1000));
                std::this_thread::yield();
            }
        });
        const auto line = pair.ours->readLine(lineLimit);
        REQUIRE_FALSE(line);
        CHECK(line.error() == ChannelError::LineTooLong);
        CHECK(pair.ours->readLine(lineLimit).value() == "NOOP");
    }
    ChannelPair atTheLimit;
    atTheLimit.peerSays(std::string(510, 'x') + "\r\n");
    CHECK(atTheLimit.ours->readLine(lineLimit).value().size() == 510);
}

TEST_CASE("half a line is no line: the end of the connection gives only the error (S-029)") {
    ChannelPair pair;
    pair.peerSays("QUIT");
    pair.peerCloses();
    const auto line = pair.ours->readLine(lineLimit);
    REQUIRE_FALSE(line);
    CHECK(line.error() == ChannelError::Closed);
}

TEST_CASE("a peer that has stopped talking still hears the reply (half-close)") {
    ChannelPair pair;
    pair.peerSays("QUIT\r\n");
    pair.peerStopsTalking();
    CHECK(pair.ours->readLine(lineLimit).value() == "QUIT");
    REQUIRE(pair.ours->write("221 bye\r\n"));
    const auto next = pair.ours->readLine(lineLimit);
    REQUIRE_FALSE(next);
    CHECK(next.error() == ChannelError::Closed);
    CHECK(pair.peerHears() == "221 bye\r\n");
}

TEST_CASE("one octet at a time does not restart the deadline (slow drip)") {
    ChannelPair pair;
    std::jthread drip([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            pair.peerSays("x");
            std::this_thread::sleep_for(5ms);
        }
    });
    const auto begin = steadyNow();
    pair.ours->setDeadline(Deadline::after(150ms));
    const auto line = pair.ours->readLine(lineLimit);
    REQUIRE_FALSE(line);
    CHECK(line.error() == ChannelError::TimedOut);
    CHECK(since(begin) >= 150ms);
    CHECK(since(begin) < 1500ms);
}

TEST_CASE("a flood without a line end is cut at the deadline too") {
    ChannelPair pair;
    std::jthread flood([&](const std::stop_token& stop) {
        const std::string octets(1000, 'x');
        while (!stop.stop_requested()) {
            if (pair.peerSocket->trySend(octets).outcome != net::IoAttempt::Outcome::Moved) {
                std::this_thread::yield();
            }
        }
    });
    pair.ours->setDeadline(Deadline::after(100ms));
    const auto line = pair.ours->readLine(lineLimit);
    REQUIRE_FALSE(line);
    CHECK(line.error() == ChannelError::TimedOut);
}

TEST_CASE("replies to pipelined commands leave together, before the next wait (P-005)") {
    ChannelPair pair;
    pair.peerSays("A\r\nB\r\n");
    CHECK(pair.ours->readLine(lineLimit).value() == "A");
    REQUIRE(pair.ours->write("250 a\r\n"));
    CHECK(pair.ours->readLine(lineLimit).value() == "B");
    REQUIRE(pair.ours->write("250 b\r\n"));
    CHECK(pair.peerHears().empty());
    pair.ours->setDeadline(Deadline::after(10ms));
    CHECK_FALSE(pair.ours->readLine(lineLimit));
    CHECK(pair.peerHears() == "250 a\r\n250 b\r\n");
}

TEST_CASE("a writer whose peer does not read is cut at the deadline") {
    ChannelPair pair;
    pair.ours->setDeadline(Deadline::after(100ms));
    const std::string much(4'194'304, 'x');
    const auto written = pair.ours->write(much);
    REQUIRE_FALSE(written);
    CHECK(written.error() == ChannelError::TimedOut);
}

TEST_CASE(
    "a peer that has left is known without waiting, one that is silent or has spoken is not") {
    ChannelPair pair;
    CHECK_FALSE(pair.ours->peerHasLeft());
    pair.peerSays("NOOP\r\n");
    CHECK_FALSE(pair.ours->peerHasLeft());
    SUBCASE("gone") {
        pair.peerCloses();
    }
    SUBCASE("says no more") {
        pair.peerStopsTalking();
    }
    CHECK(pair.ours->peerHasLeft());
    CHECK(pair.ours->readLine(lineLimit).value() == "NOOP");
}

TEST_CASE("peek shows what is there and consume takes from it") {
    ChannelPair pair;
    pair.peerSays("abc");
    CHECK(pair.ours->peek().value() == "abc");
    pair.ours->consume(2);
    CHECK(pair.ours->peek().value() == "c");
    pair.ours->consume(1);
    pair.peerSays(std::string(40'000, 'y'));
    std::size_t total = 0;
    std::size_t largest = 0;
    while (total < 40'000) {
        const auto piece = pair.ours->peek().value();
        largest = std::max(largest, piece.size());
        total += piece.size();
        pair.ours->consume(piece.size());
    }
    CHECK(total == 40'000);
    CHECK(largest <= 16 * 1024);
    CHECK(largest > 4 * 1024);
}

TEST_CASE("discardBuffered forgets what was not consumed (RFC 3207 4.2)") {
    ChannelPair pair;
    pair.peerSays("STARTTLS\r\nMAIL FROM:<a@b>\r\n");
    CHECK(pair.ours->readLine(lineLimit).value() == "STARTTLS");
    CHECK(pair.ours->buffered() == 17);
    pair.ours->discardBuffered();
    CHECK(pair.ours->buffered() == 0);
    pair.ours->setDeadline(Deadline::after(10ms));
    CHECK(pair.ours->readLine(lineLimit).error() == ChannelError::TimedOut);
}

TEST_CASE("abort wakes a blocked reader") {
    ChannelPair pair;
    pair.ours->setDeadline(Deadline::after(10s));
    const auto begin = steadyNow();
    std::jthread other([&] {
        std::this_thread::sleep_for(30ms);
        pair.ours->abort();
    });
    const auto line = pair.ours->readLine(lineLimit);
    REQUIRE_FALSE(line);
    CHECK(line.error() == ChannelError::Closed);
    CHECK(since(begin) < 5s);
}

TEST_CASE("endReading wakes a blocked reader, and a last reply still leaves") {
    ChannelPair pair;
    pair.ours->setDeadline(Deadline::after(10s));
    std::jthread other([&] {
        std::this_thread::sleep_for(30ms);
        pair.ours->endReading();
    });
    CHECK(pair.ours->readLine(lineLimit).error() == ChannelError::Closed);
    REQUIRE(pair.ours->write("421 4.3.2 bye\r\n"));
    REQUIRE(pair.ours->flush());
    CHECK(pair.peerHears() == "421 4.3.2 bye\r\n");
}

TEST_CASE("a signal does not end a wait, nor does it spin (EINTR)") {
    struct sigaction handler {};
    handler.sa_handler = [](int) {};
    struct sigaction before {};
    REQUIRE(::sigaction(SIGUSR2, &handler, &before) == 0);
    ChannelPair pair;
    pair.ours->setDeadline(Deadline::after(10s));
    const auto reader = ::pthread_self();
    std::jthread other([&] {
        for (int i = 0; i < 5; ++i) {
            std::this_thread::sleep_for(10ms);
            ::pthread_kill(reader, SIGUSR2);
        }
        pair.peerSays("NOOP\r\n");
    });
    CHECK(pair.ours->readLine(lineLimit).value() == "NOOP");
    other.join();
    ::sigaction(SIGUSR2, &before, nullptr);
}

TEST_CASE("close reads on for a peer that still talks, so that it hears the last reply") {
    ChannelPair pair;
    pair.peerSays("DATA\r\nmuch more");
    CHECK(pair.ours->readLine(lineLimit).value() == "DATA");
    REQUIRE(pair.ours->write("521 5.5.2 no\r\n"));
    std::jthread peer([&] {
        pair.peerSays(std::string(3000, 'x'));
        std::this_thread::sleep_for(30ms);
        pair.peerStopsTalking();
    });
    pair.ours->close();
    peer.join();
    CHECK(pair.peerHears() == "521 5.5.2 no\r\n");
}

TEST_CASE("close waits at most about a second for a peer that never stops") {
    ChannelPair pair;
    pair.peerSays("x");
    REQUIRE(pair.ours->peek());
    pair.ours->setDeadline(Deadline::after(30s));
    const auto begin = steadyNow();
    pair.ours->close();
    CHECK(since(begin) >= 900ms);
    CHECK(since(begin) < 3s);
}

TEST_CASE("close does not wait for a peer that is silent, and abort after it is harmless") {
    ChannelPair pair;
    const auto begin = steadyNow();
    pair.ours->close();
    pair.ours->abort();
    pair.ours->endReading();
    CHECK(since(begin) < 900ms);
    std::array<char, 1> octet{};
    CHECK(pair.peerSocket->tryReceive(octet).outcome == net::IoAttempt::Outcome::Closed);
}
