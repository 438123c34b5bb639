#include "common/base/file_watch.h"

#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace postrider;
using namespace std::chrono_literals;
using postrider::test::TempDir;
using State = postrider::FileWatch::State;

namespace {

/// One file of ten octets that was taken, and a time that the test moves.
struct Watched {
    TempDir dir;
    std::filesystem::path file = dir.write("file", "0123456789");
    SteadyTime now{1h};
    FileWatch watch;

    Watched() { watch.take(stamps()); }
    [[nodiscard]] FileStamps stamps() const { return {{file, FileStamp::of(file)}}; }
    State look(std::chrono::milliseconds later = 0ms) {
        now += later;
        return watch.look(stamps(), now);
    }
    void append(const std::string& octets) const {
        std::ofstream{file, std::ios::app | std::ios::binary} << octets;
    }
};

}  // namespace

TEST_CASE("a file that nobody touches is the same for ever") {
    Watched watched;
    CHECK((watched.look() == State::Same));
    CHECK((watched.look(24h) == State::Same));
}

TEST_CASE("a change counts when it was seen to keep still for a moment") {
    Watched watched;
    watched.append("x");
    CHECK((watched.look() == State::Restless));
    CHECK((watched.look(499ms) == State::Restless));
    watched.append("y");
    CHECK((watched.look(1ms) == State::Restless));  // which begins the moment anew
    CHECK((watched.look(499ms) == State::Restless));
    CHECK((watched.look(1ms) == State::Settled));
    CHECK((watched.watch.state() == State::Settled));
    watched.watch.take(watched.stamps());
    CHECK((watched.look() == State::Same));
}

TEST_CASE("what there is less of must keep still for longer") {
    struct Case {
        const char* content;
        std::chrono::milliseconds patience;
    };
    for (const auto& c : {Case{"01234", 5s}, Case{"", 15s}, Case{"9876543210", 500ms}}) {
        CAPTURE(c.content);
        Watched watched;
        watched.dir.write("file", c.content);
        CHECK((watched.look() == State::Restless));
        CHECK((watched.look(c.patience - 1ms) == State::Restless));
        CHECK((watched.look(1ms) == State::Settled));
    }
    Watched watched;
    std::filesystem::remove(watched.file);
    CHECK((watched.look() == State::Restless));
    CHECK((watched.look(5s - 1ms) == State::Restless));
    CHECK((watched.look(1ms) == State::Settled));
}

TEST_CASE(
    "a file that was renamed into its place counts at once, one that was made there does not") {
    Watched watched;
    auto stamp = FileStamp::of(watched.file);
    ++stamp.inode;
    stamp.size = 1;
    stamp.changedNs = stamp.modifiedNs;
    CHECK((watched.watch.look({{watched.file, stamp}}, watched.now) == State::Restless));
    ++stamp.changedNs;
    CHECK((watched.watch.look({{watched.file, stamp}}, watched.now) == State::Settled));
    stamp.size = 0;  // made and given its mode, but not written yet
    CHECK((watched.watch.look({{watched.file, stamp}}, watched.now) == State::Restless));
}

TEST_CASE("a new path and one that is asked for no longer are changes") {
    Watched watched;
    const auto other = watched.dir.write("other", "x");
    auto both = watched.stamps();
    both.emplace(other, FileStamp::of(other));
    CHECK((watched.watch.look(both, watched.now) == State::Restless));
    CHECK((watched.watch.look(both, watched.now + 500ms) == State::Settled));
    watched.watch.take(both);
    CHECK((watched.watch.look(watched.stamps(), watched.now + 1s) == State::Restless));
    CHECK((watched.watch.look(watched.stamps(), watched.now + 6s) == State::Settled));
}

TEST_CASE("a file that never keeps still is known by name after a while") {
    Watched watched;
    for (int second = 0; second < 60; ++second) {
        watched.append("x");
        CHECK((watched.look(1s) == State::Restless));
        CHECK_FALSE(watched.watch.restlessFor(60s, watched.now).has_value());
    }
    watched.append("x");
    CHECK((watched.look(1s) == State::Restless));
    CHECK(watched.watch.restlessFor(60s, watched.now) == watched.file);
    CHECK((watched.look(500ms) == State::Settled));
    CHECK_FALSE(watched.watch.restlessFor(60s, watched.now).has_value());
}
