#include "server/monitoring/connection_watch.h"

#include <array>
#include <doctest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace postrider::monitoring {

namespace {

struct Pair {
    FileDescriptor ours;
    FileDescriptor theirs;
    Pair() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        ours = FileDescriptor{ends[0]};
        theirs = FileDescriptor{ends[1]};
    }
    /// Waits for the end of the stream; 0 when it was cut.
    [[nodiscard]] long readTheirs() const {
        char octet = 0;
        return ::read(theirs.get(), &octet, 1);
    }
};

}  // namespace

TEST_CASE("a connection older than the limit is cut") {
    ConnectionWatch watch{std::chrono::milliseconds{50}};
    const Pair pair;
    const auto ticket = watch.add(pair.ours.get());
    CHECK(pair.readTheirs() == 0);
    watch.remove(ticket);
}

TEST_CASE("a connection that was removed is left alone, also when its descriptor is used again") {
    ConnectionWatch watch{std::chrono::minutes{10}};
    const Pair pair;
    watch.remove(watch.add(pair.ours.get()));
    watch.cutAll();
    REQUIRE(::write(pair.ours.get(), "x", 1) == 1);
    CHECK(pair.readTheirs() == 1);
}

TEST_CASE("cutting all cuts those that are there and those that come later") {
    ConnectionWatch watch{std::chrono::minutes{10}};
    const Pair early;
    const Pair late;
    const auto first = watch.add(early.ours.get());
    watch.cutAll();
    CHECK(early.readTheirs() == 0);
    const auto second = watch.add(late.ours.get());
    CHECK(late.readTheirs() == 0);
    watch.remove(first);
    watch.remove(second);
}

}  // namespace postrider::monitoring
