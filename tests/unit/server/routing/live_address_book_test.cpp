#include "server/routing/live_address_book.h"

#include "tests/support/recording_log.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <vector>

using namespace postrider;
using postrider::test::RecordingLog;
using postrider::test::TempDir;
using Refresh = postrider::routing::LiveAddressBook::Refresh;

namespace {

struct Live {
    TempDir dir;
    RecordingLog log;
    std::unique_ptr<routing::LiveAddressBook> books;

    Live() {
        dir.write("domains/a.example/users", "alice:*\n");
        auto opened = routing::LiveAddressBook::open({dir.path(), {"+", "."}}, log);
        REQUIRE(opened.has_value());
        books = std::move(*opened);
    }
    [[nodiscard]] bool knows(const std::string& domain, const std::string& user) const {
        const auto book = books->current();
        const auto* found = book->find(mail::Domain::parse(domain).value());
        return found != nullptr && found->findUser(user) != nullptr;
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

TEST_CASE("a reload takes new rules; with a bad file the old ones stay") {
    Live live;
    CHECK(live.knows("a.example", "al.ice"));
    REQUIRE(live.books->reload({live.dir.path(), {"+", ""}}).has_value());
    CHECK_FALSE(live.knows("a.example", "al.ice"));
    live.dir.write("domains/a.example/aliases", "nonsense\n");
    const auto failed = live.books->reload({live.dir.path(), {"+", "."}});
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().sentences.front() ==
          "domains/a.example/aliases:1: 'nonsense' is not 'name: target'");
    CHECK_FALSE(live.knows("a.example", "al.ice"));
    CHECK(live.log.contains("reload-failed"));
}

TEST_CASE("the first book must be good") {
    const TempDir dir;
    dir.write("domains/a.example/users", "nonsense\n");
    dir.write("domains/b.example/aliases", "nonsense\n");
    RecordingLog log;
    const auto opened = routing::LiveAddressBook::open({dir.path(), {}}, log);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().sentences.size() == 2);
}
