#include "server/net/content_intake.h"

#include "tests/support/channel_pair.h"
#include "tests/support/temp_dir.h"

#include <doctest.h>
#include <filesystem>
#include <thread>

using namespace postrider;
using namespace std::chrono_literals;
using net::ContentIntake;
using smtp::ContentFault;

namespace {

using Taken = Result<mail::MessageContent, ContentFault>;

ContentIntake::Outcome takeIn(test::ChannelPair& pair, queue::SpoolWriter& writer,
                              std::uint64_t limit = 1000) {
    return ContentIntake(*pair.ours, writer, limit).run(5s, Deadline::after(10s));
}

}  // namespace

TEST_CASE("content is decoded up to the end mark, and what follows is left (P-002)") {
    const test::TempDir folder;
    test::ChannelPair pair;
    pair.peerSays("Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n");
    queue::SpoolWriter writer(folder.path(), 1000, "a");
    auto outcome = takeIn(pair, writer);
    const auto& taken = std::get<Taken>(outcome);
    REQUIRE(taken);
    CHECK(*taken->bodyInMemory() == "Subject: x\r\n\r\n.dot\r\n");
    CHECK(pair.ours->readLine(512).value() == "QUIT");
}

TEST_CASE("content over the limit is read to its end and refused, without filling the spool") {
    const test::TempDir folder;
    test::ChannelPair pair;
    std::jthread peer([&] { pair.peerSays(std::string(500'000, 'x') + "\r\n.\r\nNOOP\r\n"); });
    queue::SpoolWriter writer(folder.path(), 100, "a");
    auto outcome = takeIn(pair, writer, 20'000);
    CHECK(std::get<Taken>(outcome).error() == ContentFault::TooBig);
    CHECK(writer.size() <= 20'000);
    CHECK(pair.ours->readLine(512).value() == "NOOP");
}

TEST_CASE("a spool that cannot be written refuses the content but not the dialogue") {
    test::ChannelPair pair;
    pair.peerSays(std::string(3000, 'x') + "\r\n.\r\nNOOP\r\n");
    queue::SpoolWriter writer("/nonexistent/spool", 100, "a");
    auto outcome = takeIn(pair, writer, 20'000);
    CHECK(std::get<Taken>(outcome).error() == ContentFault::StorageError);
    CHECK(pair.ours->readLine(512).value() == "NOOP");
}

TEST_CASE("a bare line end stops the intake at once (SMTP smuggling)") {
    const test::TempDir folder;
    test::ChannelPair pair;
    pair.peerSays("text\n.\nMAIL FROM:<a@b>\r\n");
    queue::SpoolWriter writer(folder.path(), 1000, "a");
    auto outcome = takeIn(pair, writer);
    CHECK(std::get<Taken>(outcome).error() == ContentFault::BareLineEnd);
}

TEST_CASE("content that is cut off or drips beyond the end of the session is no content (S-029)") {
    const test::TempDir folder;
    SUBCASE("cut off") {
        test::ChannelPair pair;
        pair.peerSays("half a message\r\n");
        pair.peerCloses();
        queue::SpoolWriter writer(folder.path(), 1000, "a");
        auto outcome = takeIn(pair, writer);
        CHECK(std::get<net::ChannelError>(outcome) == net::ChannelError::Closed);
    }
    SUBCASE("a drip") {
        test::ChannelPair pair;
        std::jthread drip([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                pair.peerSays("x");
                std::this_thread::sleep_for(5ms);
            }
        });
        queue::SpoolWriter writer(folder.path(), 1000, "a");
        auto outcome = ContentIntake(*pair.ours, writer, 1'000'000).run(5s, Deadline::after(100ms));
        CHECK(std::get<net::ChannelError>(outcome) == net::ChannelError::TimedOut);
    }
}
