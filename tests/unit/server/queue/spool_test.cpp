#include "server/queue/spool.h"

#include "server/queue/spool_folder.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/server/queue/queue_setting.h"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/resource.h>

namespace postrider::queue {

using postrider::test::octetsOf;
using postrider::test::TempDir;

namespace {

std::size_t filesIn(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder}, {}));
}

/// No file of this process may grow beyond so many octets, as on a full disk.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t octets) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{octets, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    void (*handler_)(int);
    rlimit before_{};
};

}  // namespace

TEST_CASE("small content stays in memory and makes no file") {
    const TempDir folder;
    SpoolWriter writer{folder.path(), 10, "abc"};
    REQUIRE(writer.write("12345"));
    REQUIRE(writer.write("67890"));
    const auto content = writer.finish();
    REQUIRE(content);
    REQUIRE(content->bodyInMemory() != nullptr);
    CHECK(octetsOf(*content) == "1234567890");
    CHECK(filesIn(folder.path()) == 0);
}

TEST_CASE("larger content goes to a file for the owner only, octet for octet") {
    const TempDir folder;
    std::string octets;
    for (int i = 0; i < 200'000; ++i)
        octets += static_cast<char>(i % 251);
    {
        SpoolWriter writer{folder.path(), 1000, "abc"};
        for (std::size_t at = 0; at < octets.size(); at += 777) {
            REQUIRE(writer.write(std::string_view{octets}.substr(at, 777)));
        }
        CHECK(writer.size() == octets.size());
        const auto content = writer.finish();
        REQUIRE(content);
        CHECK(content->bodyFile() == folder / "abc");
        CHECK(content->bodySize() == octets.size());
        CHECK(octetsOf(*content) == octets);
        CHECK((std::filesystem::status(folder / "abc").permissions() &
               std::filesystem::perms::mask) ==
              (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
        writer.release();
    }
    CHECK(std::filesystem::exists(folder / "abc"));
}

TEST_CASE("what is not released is deleted, finished or not") {
    const TempDir folder;
    for (const bool finish : {false, true}) {
        CAPTURE(finish);
        {
            SpoolWriter writer{folder.path(), 0, "abc"};
            REQUIRE(writer.write("x"));
            CHECK(filesIn(folder.path()) == 1);
            if (finish) REQUIRE(writer.finish());
        }
        CHECK(filesIn(folder.path()) == 0);
    }
}

TEST_CASE("an existing file is neither followed nor overwritten nor deleted") {
    const TempDir folder;
    const TempDir elsewhere;
    const auto victim = elsewhere.write("victim", "precious");
    SUBCASE("a file") {
        folder.write("abc", "older");
    }
    SUBCASE("a link") {
        std::filesystem::create_symlink(victim, folder / "abc");
    }
    {
        SpoolWriter writer{folder.path(), 0, "abc"};
        const auto written = writer.write("x");
        REQUIRE_FALSE(written);
        CHECK(written.error() == SpoolWriter::Fault::Failed);
    }
    CHECK(filesIn(folder.path()) == 1);
    CHECK(std::filesystem::file_size(victim) == 8);
}

TEST_CASE("no room is told apart from other failures, and leaves no file") {
    const TempDir folder;
    std::optional<Result<Done, SpoolWriter::Fault>> written;
    {
        SpoolWriter writer{folder.path(), 0, "abc"};
        const FileSizeLimit full{100'000};
        const std::string piece(70'000, 'x');
        REQUIRE(writer.write(piece));
        written = writer.write(piece);
    }
    REQUIRE_FALSE(*written);
    CHECK(written->error() == SpoolWriter::Fault::NoRoom);
    CHECK(filesIn(folder.path()) == 0);

    SpoolWriter nowhere{folder / "none", 0, "abc"};
    const auto failed = nowhere.write("x");
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == SpoolWriter::Fault::Failed);
}

TEST_CASE("names of spool files cannot leave the folder") {
    struct Case {
        std::string name;
        bool good;
    };
    const Case cases[] = {{"0mjw3kq2h5ab1c", true},
                          {"", false},
                          {"..", false},
                          {"a/b", false},
                          {"A", false},
                          {std::string("a\0b", 3), false},
                          {"a.tmp", false},
                          {"\xc3\xa4", false},
                          {std::string(64, 'a'), true},
                          {std::string(65, 'a'), false}};
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(SpoolFolder::isName(c.name) == c.good);
    }
    const TempDir folder;
    const SpoolFolder spool{folder / "spool"};
    CHECK_THROWS_AS((void)spool.fileOf("../x"), std::runtime_error);
}

}  // namespace postrider::queue
