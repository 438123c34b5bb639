#include "plugins/hooks/ratelimit/correspondents.h"

#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

#include <atomic>
#include <chrono>
#include <doctest/doctest.h>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace postrider;
using namespace std::chrono_literals;
using hooks::Correspondents;
using hooks::Rate;
using Standing = Correspondents::Standing;

namespace {

struct Book {
    test::TempDir folder;
    test::FakeClock clock;
    std::optional<Correspondents> book;

    Book() { open(); }
    void open() { book.emplace(folder / "ratelimit.db", clock); }
    Standing write(const std::string& recipient, const std::string& user = "alice@a.example") {
        return book->write(user, recipient, Rate{2, 24h});
    }
};

}  // namespace

TEST_CASE("so many new recipients a day, and old ones for nothing, also after a restart") {
    Book b;
    CHECK((b.write("one@x.example") == Standing::New));
    CHECK((b.write("one@x.example") == Standing::Old));
    CHECK((b.write("two@x.example") == Standing::New));
    CHECK((b.write("three@x.example") == Standing::OneTooMany));
    b.open();
    CHECK((b.write("three@x.example") == Standing::OneTooMany));
    CHECK((b.write("one@x.example") == Standing::Old));
    CHECK((b.write("three@x.example", "bob@a.example") == Standing::New));
    b.clock.advance(24h);
    CHECK((b.write("three@x.example") == Standing::New));
}

TEST_CASE("who is written to is not forgotten, who is not is") {
    Book b;
    CHECK((b.write("old@x.example") == Standing::New));
    CHECK((b.write("friend@x.example") == Standing::New));
    b.clock.advance(24h * 390);
    CHECK((b.write("friend@x.example") == Standing::Old));
    b.clock.advance(24h * 20);
    CHECK((b.write("friend@x.example") == Standing::Old));
    CHECK((b.write("old@x.example") == Standing::New));
}

TEST_CASE("the postmaster is told once a day about one user") {
    Book b;
    CHECK(b.book->firstToday("alice@a.example"));
    CHECK_FALSE(b.book->firstToday("alice@a.example"));
    CHECK(b.book->firstToday("bob@a.example"));
    b.open();
    CHECK_FALSE(b.book->firstToday("alice@a.example"));
    b.clock.advance(24h);
    CHECK(b.book->firstToday("alice@a.example"));
}

TEST_CASE("a clock that is set back blocks nobody, and keeps no notice from the postmaster") {
    Book b;
    const auto present = b.clock.now();
    b.clock.jumpTo(present + 24h * 300);
    CHECK((b.write("one@x.example") == Standing::New));
    CHECK((b.write("two@x.example") == Standing::New));
    CHECK((b.write("three@x.example") == Standing::OneTooMany));
    CHECK(b.book->firstToday("alice@a.example"));
    b.clock.jumpTo(present);
    CHECK((b.write("three@x.example") == Standing::New));
    CHECK((b.write("four@x.example") == Standing::New));
    CHECK((b.write("five@x.example") == Standing::OneTooMany));
    CHECK(b.book->firstToday("alice@a.example"));
    CHECK_FALSE(b.book->firstToday("alice@a.example"));
}

TEST_CASE("a file that somebody holds is an error soon, for all who ask, and works again") {
    Book b;
    CHECK((b.write("one@x.example") == Standing::New));
    auto other = storage::Database::open(b.folder / "ratelimit.db", {});
    std::atomic<int> failures{0};
    const auto begin = steadyNow();
    {
        const storage::WriteTransaction held{other};
        std::vector<std::jthread> sessions;
        for (int i = 0; i < 20; ++i) {
            sessions.emplace_back([&] {
                try {
                    b.write("two@x.example");
                } catch (const std::exception&) {
                    ++failures;
                }
            });
        }
    }
    // One behind the other they would take twenty times two seconds.
    CHECK(steadyNow() - begin < 30s);
    CHECK(failures == 20);
    CHECK((b.write("two@x.example") == Standing::New));
}

TEST_CASE("a file that is damaged while it is open is an error until it is mended") {
    Book b;
    CHECK((b.write("one@x.example") == Standing::New));
    {
        auto other = storage::Database::open(b.folder / "ratelimit.db", {});
        other.execute("DROP TABLE correspondent");
    }
    CHECK_THROWS(static_cast<void>(b.write("two@x.example")));
    for (const std::string end : {"", "-wal", "-shm"})
        std::filesystem::remove(b.folder / ("ratelimit.db" + end));
    CHECK((b.write("two@x.example") == Standing::New));
}

TEST_CASE("a database that cannot be opened is no answer") {
    test::FakeClock clock;
    Correspondents book{"/no/such/folder/ratelimit.db", clock};
    CHECK_THROWS(static_cast<void>(book.write("a@b.example", "c@d.example", Rate{1, 24h})));
}
