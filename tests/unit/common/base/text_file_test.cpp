#include "common/base/text_file.h"

#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

using namespace postrider;
using postrider::test::TempDir;

TEST_CASE("lines end in LF or CRLF, and a last line end makes no empty line") {
    using Lines = std::vector<std::string_view>;
    CHECK(linesOf("").empty());
    CHECK(linesOf("a\nb\r\n\nc") == Lines{"a", "b", "", "c"});
    CHECK(linesOf("a\n") == Lines{"a"});
    CHECK(linesOf("\n") == Lines{""});
}

TEST_CASE("a file is read whole, or refused with the reason") {
    const TempDir dir;
    const std::string big(200'000, 'x');
    CHECK(readTextFile(dir.write("big", big)).value() == big);
    CHECK(readTextFile(dir / "big", 200'000).has_value());
    CHECK(readTextFile(dir / "big", 199'999).error() == "is larger than 199999 octets");
    CHECK(readTextFile(dir / "none").error() == "No such file or directory");
    CHECK(readTextFile(dir.path()).error() == "is not a regular file");
    REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    CHECK(readTextFile(dir / "fifo").error() == "is not a regular file");
    std::filesystem::permissions(dir / "big", std::filesystem::perms{0646});
    CHECK(readTextFile(dir / "big").error() == "everybody may write to it: chmod o-w");
}

TEST_CASE("a link that leads nowhere is not the same as no file") {
    const TempDir dir;
    CHECK(isAbsent(dir / "none"));
    CHECK_FALSE(isAbsent(dir.write("f", "")));
    std::filesystem::create_symlink(dir / "none", dir / "link");
    CHECK_FALSE(isAbsent(dir / "link"));
}

TEST_CASE("replacing keeps a reader's old file whole and is seen as a change") {
    const TempDir dir;
    const auto file = dir.write("f", "old");
    const auto before = FileStamp::of(file);
    CHECK(before == FileStamp::of(file));
    REQUIRE(replaceTextFile(file, "new").has_value());
    CHECK(readTextFile(file).value() == "new");
    CHECK_FALSE(before == FileStamp::of(file));
    CHECK_FALSE(FileStamp::of(file) == FileStamp::of(dir / "none"));
    CHECK(FileStamp::of(dir / "none") == FileStamp{});
    CHECK(replaceTextFile(dir / "no/such", "x").error().starts_with("cannot create a file in "));
}
