#include "server/routing/live_address_book.h"

#include "tests/support/fake_clock.h"
#include "tests/support/no_patience.h"
#include "tests/support/recording_log.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace postrider;
using namespace std::chrono_literals;
using postrider::test::FakeClock;
using postrider::test::RecordingLog;
using postrider::test::TempDir;
using Refresh = postrider::routing::LiveAddressBook::Refresh;

namespace {

struct Live {
    TempDir dir;
    RecordingLog log;
    FakeClock clock;
    std::unique_ptr<routing::LiveAddressBook> books;

    explicit Live(Patience patience = test::noPatience) {
        dir.write("domains/a.example/users", "alice:*\n");
        auto opened =
            routing::LiveAddressBook::open({dir.path(), {"+", "."}}, log, clock, patience);
        REQUIRE(opened.has_value());
        books = std::move(*opened);
    }
    [[nodiscard]] bool knows(const std::string& domain, const std::string& user) const {
        const auto book = books->current();
        const auto* found = book->find(mail::Domain::parse(domain).value());
        return found != nullptr && found->findUser(user) != nullptr;
    }
    Refresh refresh(std::chrono::milliseconds later) {
        clock.advance(later);
        return books->refreshIfChanged();
    }
};

}  // namespace

TEST_CASE("nothing is read again while nothing changed") {
    Live live;
    const auto before = live.books->current();
    CHECK(live.books->refreshIfChanged() == Refresh::Unchanged);
    CHECK(live.books->current() == before);
    CHECK(live.log.lines().empty());
}

TEST_CASE("new users, aliases, properties and domains are noticed, and so is their end") {
    Live live;
    live.dir.write("domains/a.example/users", "alice:*\nbob:*\n");
    CHECK(live.books->refreshIfChanged() == Refresh::Reloaded);
    CHECK(live.knows("a.example", "bob"));
    live.dir.write("domains/a.example/aliases", "info: bob\n");
    CHECK(live.books->refreshIfChanged() == Refresh::Reloaded);
    live.dir.write("domains/a.example/domain.properties", "suffix.drop =\n");
    CHECK(live.books->refreshIfChanged() == Refresh::Reloaded);
    CHECK_FALSE(live.knows("a.example", "al.ice"));
    live.dir.write("domains/b.example/users", "carol:*\n");
    CHECK(live.books->refreshIfChanged() == Refresh::Reloaded);
    CHECK(live.knows("b.example", "carol"));
    std::filesystem::remove_all(live.dir / "domains/b.example");
    CHECK(live.books->refreshIfChanged() == Refresh::Reloaded);
    CHECK_FALSE(live.knows("b.example", "carol"));
    CHECK(live.books->refreshIfChanged() == Refresh::Unchanged);
    CHECK(live.log.count("reloaded what=domains") == 5);
}

TEST_CASE("a file that replaces another of the same size is noticed by its inode") {
    Live live;
    const auto time = std::filesystem::last_write_time(live.dir / "domains/a.example/users");
    live.dir.write("domains/a.example/new", "malic:*\n");
    std::filesystem::last_write_time(live.dir / "domains/a.example/new", time);
    std::filesystem::rename(live.dir / "domains/a.example/new",
                            live.dir / "domains/a.example/users");
    CHECK(live.books->refreshIfChanged() == Refresh::Reloaded);
    CHECK(live.knows("a.example", "malic"));
}

TEST_CASE("a bad file keeps the last good state, is told of once, and is tried again") {
    Live live;
    live.dir.write("domains/a.example/users", "alice:*\nbob\n");
    live.dir.write("domains/b.example/users", "carol:*\n");
    CHECK(live.books->refreshIfChanged() == Refresh::Failed);
    CHECK(live.books->refreshIfChanged() == Refresh::Failed);
    CHECK(live.knows("a.example", "alice"));
    CHECK_FALSE(live.knows("b.example", "carol"));  // all or nothing
    CHECK(live.books->problems() ==
          std::vector<std::string>{"domains/a.example/users:2: 'bob' is not name:hash"});
    CHECK(live.log.count("reload-failed") == 1);

    live.dir.write("domains/a.example/users", "alice:*\nbob:*\n");
    CHECK(live.books->refreshIfChanged() == Refresh::Reloaded);
    CHECK(live.books->problems().empty());
    CHECK(live.knows("b.example", "carol"));
}

TEST_CASE("the alias-resolve program is noticed when it comes, may be run, and goes") {
    Live live;
    CHECK(live.books->current()->hook() == nullptr);
    const auto hook = live.dir.write("hooks/alias-resolve", "#!/bin/sh\n");
    std::filesystem::permissions(hook, std::filesystem::perms::owner_read);
    CHECK(live.books->refreshIfChanged() == Refresh::Reloaded);
    REQUIRE(live.books->current()->hook() != nullptr);
    CHECK(live.books->current()->hook()->fault() == "is not executable");
    std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
    CHECK(live.books->refreshIfChanged() == Refresh::Reloaded);
    CHECK(live.books->current()->hook()->fault().empty());
    std::filesystem::remove(hook);
    CHECK(live.books->refreshIfChanged() == Refresh::Reloaded);
    CHECK(live.books->current()->hook() == nullptr);
}

TEST_CASE("a snapshot in use outlives the change that replaces it") {
    Live live;
    const auto kept = live.books->current();
    std::filesystem::remove_all(live.dir / "domains/a.example");
    CHECK(live.books->refreshIfChanged() == Refresh::Reloaded);
    CHECK(kept->domains().size() == 1);
    CHECK(live.books->current()->domains().empty());
}

TEST_CASE("a reload takes new rules; with a bad file the old ones stay, and who asked tells") {
    Live live;
    CHECK(live.knows("a.example", "al.ice"));
    auto reading = live.books->read({live.dir.path(), {"+", ""}});
    REQUIRE(reading.has_value());
    CHECK(live.knows("a.example", "al.ice"));  // not in force yet
    live.books->use(*std::move(reading));
    CHECK_FALSE(live.knows("a.example", "al.ice"));
    live.dir.write("domains/a.example/aliases", "nonsense\n");
    const auto failed = live.books->read({live.dir.path(), {"+", "."}});
    REQUIRE_FALSE(failed.has_value());
    const std::string sentence = "domains/a.example/aliases:1: 'nonsense' is not 'name: target'";
    CHECK(failed.error().sentences.front() == sentence);
    CHECK_FALSE(live.knows("a.example", "al.ice"));
    live.books->note(failed.error());
    CHECK(live.books->problems() == std::vector{sentence});
    CHECK((live.books->refreshIfChanged() == Refresh::Failed));
    CHECK_FALSE(live.log.contains("reload-failed"));  // twice would be once too often
}

TEST_CASE("nobody is unknown while a users file is written in pieces") {
    Live live{Patience{}};
    live.dir.write("domains/a.example/users", "alice:*\nbob:*\ncarol:*\n# all of them\n");
    CHECK((live.refresh(0s) == Refresh::Restless));
    CHECK((live.refresh(1s) == Refresh::Reloaded));
    CHECK(live.knows("a.example", "carol"));

    std::ofstream users{live.dir / "domains/a.example/users", std::ios::trunc};
    users << std::flush;
    for (const auto* line : {"dave:*\n", "carol:*\n", "bob:*\n", "alice:*\n"}) {
        // whatever program makes the lines takes its time
        for (int look = 0; look < 8; ++look) {
            CHECK((live.refresh(500ms) == Refresh::Restless));
            CHECK(live.knows("a.example", "alice"));
            CHECK(live.knows("a.example", "bob"));
            CHECK(live.knows("a.example", "carol"));
        }
        users << line << std::flush;
    }
    users.close();
    CHECK((live.refresh(0s) == Refresh::Restless));
    CHECK((live.refresh(5s) == Refresh::Reloaded));
    CHECK(live.knows("a.example", "dave"));
}

TEST_CASE("nobody is unknown while an editor has moved the old file away") {
    Live live{Patience{}};
    const auto users = live.dir / "domains/a.example/users";
    std::filesystem::rename(users, live.dir / "domains/a.example/users~");
    CHECK((live.refresh(0s) == Refresh::Restless));
    CHECK((live.refresh(3s) == Refresh::Restless));
    CHECK(live.knows("a.example", "alice"));
    live.dir.write("domains/a.example/users", "alice:*\nbob:*\n");
    live.refresh(0s);
    live.refresh(1s);
    CHECK(live.knows("a.example", "alice"));
    CHECK(live.knows("a.example", "bob"));
}

TEST_CASE("what keeps still counts soon, and what was renamed into its place at once") {
    Live live{Patience{}};
    live.dir.write("domains/a.example/users", "alice:*\nbob:*\n");
    CHECK((live.refresh(0s) == Refresh::Restless));
    CHECK((live.refresh(500ms) == Refresh::Reloaded));
    CHECK(live.knows("a.example", "bob"));

    // the two times of a file that was renamed differ by as little as its file system can tell
    const auto other = live.dir.write("domains/a.example/other", "alice:*\n");
    std::filesystem::last_write_time(other, std::filesystem::file_time_type::clock::now() - 1h);
    std::filesystem::rename(other, live.dir / "domains/a.example/users");
    CHECK((live.refresh(0s) == Refresh::Reloaded));
    CHECK_FALSE(live.knows("a.example", "bob"));
}

TEST_CASE("a user who is taken out of the file in place is gone within seconds") {
    Live live{Patience{}};
    live.dir.write("domains/a.example/users", "bob:*\n");
    CHECK((live.refresh(0s) == Refresh::Restless));
    CHECK((live.refresh(5s) == Refresh::Reloaded));
    CHECK_FALSE(live.knows("a.example", "alice"));
    live.dir.write("domains/a.example/users", "");
    CHECK((live.refresh(0s) == Refresh::Restless));
    CHECK((live.refresh(15s) == Refresh::Reloaded));
    CHECK_FALSE(live.knows("a.example", "bob"));
}

TEST_CASE("a file that is never left alone is complained about, once, until it is") {
    Live live{Patience{}};
    std::ofstream users{live.dir / "domains/a.example/users", std::ios::app};
    for (int second = 0; second < 90; ++second) {
        users << "user" << second << ":*\n" << std::flush;
        CHECK((live.refresh(1s) == Refresh::Restless));
    }
    CHECK(live.log.count("domains/a.example/users: is written to again and again") == 1);
    CHECK(live.books->problems().size() == 1);
    CHECK((live.refresh(1s) == Refresh::Reloaded));
    CHECK(live.books->problems().empty());
    CHECK(live.knows("a.example", "user89"));
}

TEST_CASE("the first book must be good") {
    const TempDir dir;
    dir.write("domains/a.example/users", "nonsense\n");
    dir.write("domains/b.example/aliases", "nonsense\n");
    RecordingLog log;
    dir.write("domains/b.example/domain.properties", "nonsense\n");
    const SystemClock clock;
    const auto opened = routing::LiveAddressBook::open({dir.path(), {}}, log, clock);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().sentences.size() == 3);
}
