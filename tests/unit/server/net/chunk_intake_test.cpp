#include "server/net/chunk_intake.h"

#include "tests/support/channel_pair.h"
#include "tests/support/temp_dir.h"

#include <doctest.h>
#include <filesystem>
#include <thread>

using namespace postrider;
using namespace std::chrono_literals;
using net::ChunkIntake;
using smtp::ContentFault;
using smtp::ContentKind;

namespace {

const ChunkIntake::Patience patience{5s, Deadline::after(60s)};

/// An intake of one message into the spool of a folder.
struct Intake {
    explicit Intake(std::uint64_t limit = 100'000, ContentKind kind = ContentKind::Text)
        : chunks(*pair.ours,
                 std::make_unique<queue::SpoolWriter>(folder.path(), std::size_t{100}, "a"), limit,
                 kind) {}

    [[nodiscard]] bool spoolIsEmpty() const { return std::filesystem::is_empty(folder.path()); }

    test::TempDir folder;
    test::ChannelPair pair;
    ChunkIntake chunks;
};

}  // namespace

TEST_CASE("chunks become one content, and not an octet more leaves the channel (K-001)") {
    Intake intake;
    intake.pair.peerSays("Subject: x\r\n\r\nhalf a linerest\r\nQUIT\r\n");
    REQUIRE(intake.chunks.read(25, patience));
    CHECK(intake.chunks.soFar());
    REQUIRE(intake.chunks.read(0, patience));
    REQUIRE(intake.chunks.read(6, patience));
    const auto content = intake.chunks.finish();
    REQUIRE(content);
    CHECK(*content->bodyInMemory() == "Subject: x\r\n\r\nhalf a linerest\r\n");
    CHECK(intake.pair.ours->readLine(512).value() == "QUIT");
}

TEST_CASE("a last line without its end is given one") {
    Intake intake;
    intake.pair.peerSays("text");
    REQUIRE(intake.chunks.read(4, patience));
    CHECK(*intake.chunks.finish()->bodyInMemory() == "text\r\n");
}

TEST_CASE("what is wrong with a chunk does not keep its octets from being read") {
    SUBCASE("a bare line end") {
        Intake intake;
        intake.pair.peerSays("a\nb\r\nQUIT\r\n");
        REQUIRE(intake.chunks.read(5, patience));
        CHECK(intake.chunks.soFar().error() == ContentFault::BareLineEnd);
        CHECK(intake.chunks.finish().error() == ContentFault::BareLineEnd);
        CHECK(intake.pair.ours->readLine(512).value() == "QUIT");
    }
    SUBCASE("too many of them") {
        Intake intake(10);
        intake.pair.peerSays(std::string(3000, 'x') + "QUIT\r\n");
        REQUIRE(intake.chunks.read(3000, patience));
        CHECK(intake.chunks.soFar().error() == ContentFault::TooBig);
        CHECK(intake.pair.ours->readLine(512).value() == "QUIT");
    }
    SUBCASE("skipped as a whole") {
        test::ChannelPair pair;
        pair.peerSays("MAIL\r\nQUIT\r\n");
        REQUIRE(ChunkIntake::skip(*pair.ours, 6, patience));
        CHECK(pair.ours->readLine(512).value() == "QUIT");
    }
}

TEST_CASE("a message that is given up leaves nothing in the spool") {
    const test::TempDir folder;
    test::ChannelPair pair;
    {
        ChunkIntake chunks(*pair.ours,
                           std::make_unique<queue::SpoolWriter>(folder.path(), 100, "a"), 1'000'000,
                           ContentKind::Text);
        std::jthread peer([&] { pair.peerSays(std::string(500'000, 'x')); });
        REQUIRE(chunks.read(500'000, patience));
        CHECK_FALSE(std::filesystem::is_empty(folder.path()));
    }
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a chunk that is cut off is the end of the dialogue (S-029)") {
    Intake intake;
    intake.pair.peerSays("half");
    intake.pair.peerCloses();
    CHECK(intake.chunks.read(10, patience).error() == net::ChannelError::Closed);
    CHECK(intake.spoolIsEmpty());
}
