#include "server/users/user_db.h"

#include "common/base/text_file.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

using namespace postrider;
using postrider::test::TempDir;
using postrider::users::UserDb;
using postrider::users::UserDbError;

namespace {

struct Folder {
    TempDir dir;
    std::filesystem::path file = dir / "users";
    UserDb db{file, "domains/a.example/users"};

    [[nodiscard]] std::string text() const { return readTextFile(file).value(); }
};

mode_t modeOf(const std::filesystem::path& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

}  // namespace

TEST_CASE("a missing file has no users; the first user makes it, for owner and group only") {
    const Folder folder;
    CHECK(folder.db.read()->all().empty());
    REQUIRE(folder.db.add("Alice", "{CRYPT}x").has_value());
    CHECK(folder.text() == "alice:{CRYPT}x\n");
    CHECK(modeOf(folder.file) == 0640);
}

TEST_CASE("changes keep comments, order, other lines, Dovecot's fields and the file's mode") {
    const Folder folder;
    folder.dir.write("users", "# head\n\nalice:old:1000:1000\n  # between\nBob:{CRYPT}b\ncarol:*");
    std::filesystem::permissions(folder.file, std::filesystem::perms{0604});

    REQUIRE(folder.db.setHash("ALICE", "{CRYPT}new").has_value());
    REQUIRE(folder.db.setHash("bob", "{CRYPT}c").has_value());
    REQUIRE(folder.db.add("dave", "{CRYPT}d").has_value());
    CHECK(folder.text() ==
          "# head\n\nalice:{CRYPT}new:1000:1000\n  # between\nBob:{CRYPT}c\ncarol:*\n"
          "dave:{CRYPT}d\n");
    REQUIRE(folder.db.remove("carol").has_value());
    CHECK(folder.text() ==
          "# head\n\nalice:{CRYPT}new:1000:1000\n  # between\nBob:{CRYPT}c\ndave:{CRYPT}d\n");
    CHECK(modeOf(folder.file) == 0604);
}

TEST_CASE("nothing but the users file is left behind in the folder") {
    const Folder folder;
    REQUIRE(folder.db.add("alice", "x").has_value());
    REQUIRE(folder.db.remove("alice").has_value());
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder.dir.path()})
        names.push_back(entry.path().filename().string());
    CHECK(names == std::vector<std::string>{"users"});
}

TEST_CASE("a users file that is a link is changed where it really lies") {
    const Folder folder;
    folder.dir.write("real/users", "alice:x\n");
    std::filesystem::create_symlink(folder.dir / "real/users", folder.file);
    REQUIRE(folder.db.add("bob", "y").has_value());
    CHECK(std::filesystem::is_symlink(folder.file));
    CHECK(readTextFile(folder.dir / "real/users").value() == "alice:x\nbob:y\n");
}

TEST_CASE("what cannot be done leaves the file as it was and says why") {
    const Folder folder;
    folder.dir.write("users", "alice:x\n");
    const auto exists = folder.db.add("Alice", "y");
    REQUIRE_FALSE(exists.has_value());
    CHECK(exists.error().kind == UserDbError::Kind::Exists);
    CHECK(exists.error().reason == "alice exists already");
    const auto unknown = folder.db.remove("bob");
    REQUIRE_FALSE(unknown.has_value());
    CHECK(unknown.error().kind == UserDbError::Kind::Unknown);
    CHECK(unknown.error().reason == "there is no user bob");
    CHECK(folder.db.add("a/b", "y").error().kind == UserDbError::Kind::BadName);
    CHECK(folder.text() == "alice:x\n");

    folder.dir.write("users", "alice\n");
    const auto broken = folder.db.add("bob", "y");
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().kind == UserDbError::Kind::Failed);
    CHECK(broken.error().reason == "domains/a.example/users:1: 'alice' is not name:hash");
    CHECK(folder.text() == "alice\n");
}

TEST_CASE("writers that meet do not lose each other's users") {
    const Folder folder;
    const auto addMany = [&](const std::string& prefix) {
        const UserDb mine{folder.file, "users"};
        for (int i = 0; i < 20; ++i)
            CHECK(mine.add(prefix + std::to_string(i), "x").has_value());
    };
    {
        const std::jthread first{addMany, "a"};
        const std::jthread second{addMany, "b"};
    }
    CHECK(folder.db.read()->all().size() == 40);
}

TEST_CASE("a right is written into the user's line and nowhere else") {
    const Folder folder;
    folder.dir.write("users", "# ours\nalice:x\nBob:y:1:1::/home/bob\n");
    CHECK(folder.db.setRight("bob", "send", "no").has_value());
    CHECK(folder.db.setRight("alice", "disabled", "yes").has_value());
    CHECK(folder.text() ==
          "# ours\nalice:x::::::userdb_postrider_disabled=yes\n"
          "Bob:y:1:1::/home/bob::userdb_postrider_send=no\n");
    CHECK_FALSE(folder.db.read()->find("bob")->rights.maySend());
    CHECK(folder.db.setRight("alice", "disabled", "").has_value());
    CHECK(folder.db.read()->find("alice")->rights.maySend());

    const auto nonsense = folder.db.setRight("bob", "send", "perhaps");
    REQUIRE_FALSE(nonsense.has_value());
    CHECK(nonsense.error().kind == UserDbError::Kind::BadRight);
    CHECK(nonsense.error().reason == "send=perhaps: expected yes or no");
    CHECK(folder.db.setRight("carol", "send", "no").error().kind == UserDbError::Kind::Unknown);
}
