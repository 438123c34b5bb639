#include "common/mail/content.h"

#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace postrider::mail {

namespace {

std::string readAll(const MessageContent& content, std::size_t bufferSize = 4096) {
    const auto reader = content.open();
    std::string all;
    std::vector<char> buffer(bufferSize);
    while (const std::size_t got = reader->read(buffer))
        all.append(buffer.data(), got);
    return all;
}

}  // namespace

TEST_CASE("content in memory and in a file reads the same") {
    const test::TempDir folder;
    std::string octets = "Subject: x\r\n\r\n";
    for (int i = 0; i < 100'000; ++i)
        octets += static_cast<char>(i % 251);
    const auto memory = MessageContent::fromMemory(octets);
    const auto file = MessageContent::fromFile(folder.write("m", octets), octets.size());
    CHECK(memory.bodyInMemory() != nullptr);
    CHECK(file.bodyInMemory() == nullptr);
    CHECK(file.bodyFile() == folder / "m");
    for (const auto& content : {memory, file}) {
        CHECK(content.size() == octets.size());
        CHECK(content.bodySize() == octets.size());
        for (const std::size_t size : {1U, 7U, 4096U, 1'000'000U}) {
            CAPTURE(size);
            CHECK((readAll(content, size) == octets));
        }
    }
}

TEST_CASE("blocks are put in front, the latest first, and copies do not change") {
    const auto body = MessageContent::fromMemory("A: 1\r\n\r\nbody");
    const auto once = body.withPrepended("B: 2\r\n");
    const auto twice = once.withPrepended("C: 3\r\n");
    CHECK(readAll(twice) == "C: 3\r\nB: 2\r\nA: 1\r\n\r\nbody");
    CHECK(readAll(once, 5) == "B: 2\r\nA: 1\r\n\r\nbody");
    CHECK(readAll(body) == "A: 1\r\n\r\nbody");
    CHECK(twice.prepended() == "C: 3\r\nB: 2\r\n");
    CHECK(twice.size() == 24);
    CHECK(twice.bodySize() == 12);
    CHECK(twice.bodyInMemory() == body.bodyInMemory());
}

TEST_CASE("a file gets its prepended block too, and is never changed or removed") {
    const test::TempDir folder;
    const auto path = folder.write("m", "A: 1\r\n\r\nbody, and more that does not count");
    {
        const auto content = MessageContent::fromFile(path, 12).withPrepended("B: 2\r\n");
        CHECK(readAll(content) == "B: 2\r\nA: 1\r\n\r\nbody");
        CHECK(content.size() == 18);
    }
    CHECK(std::filesystem::file_size(path) > 12);
}

TEST_CASE("a missing file and one that is too short are errors, never a short message") {
    const test::TempDir folder;
    CHECK_THROWS_AS(readAll(MessageContent::fromFile(folder / "none", 5)), std::system_error);
    const auto path = folder.write("m", "1234");
    CHECK_THROWS_AS(readAll(MessageContent::fromFile(path, 5)), std::system_error);
    CHECK(readAll(MessageContent::fromFile(path, 4)) == "1234");
}

TEST_CASE("a reader outlives the content it came from") {
    auto reader = MessageContent::fromMemory("body").withPrepended("A: 1\r\n").open();
    std::vector<char> buffer(100);
    CHECK(std::string(buffer.data(), reader->read(buffer)) == "A: 1\r\nbody");
    CHECK(reader->read(buffer) == 0);
}

TEST_CASE("the header section ends with the first empty line") {
    struct Case {
        std::string prepended;
        std::string body;
        std::string header;
    };
    const std::string large = "X: " + std::string(16 * 1024 - 6, 'x');
    const Case cases[] = {
        {"", "A: 1\r\n\r\nbody\r\n\r\nmore", "A: 1\r\n\r\n"},
        {"R: 0\r\n", "A: 1\r\n\r\nbody", "R: 0\r\nA: 1\r\n\r\n"},
        {"", "\r\nbody", "\r\n"},
        {"R: 0\r\n", "\r\nbody", "R: 0\r\n\r\n"},
        {"", "A: 1\r\n", "A: 1\r\n"},
        {"", "", ""},
        // the empty line falls on the edge between two reads
        {"", large + "\r\n\r\nbody", large + "\r\n\r\n"},
        {"", large + "x\r\n\r\nbody", large + "x\r\n\r\n"},
        {"", large + "xx\r\n\r\nbody", large + "xx\r\n\r\n"},
        {"", large + "xxx\r\n\r\nbody", large + "xxx\r\n\r\n"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.body.size());
        const auto content = MessageContent::fromMemory(c.body).withPrepended(c.prepended);
        CHECK(content.headerSection() == c.header);
    }
}

TEST_CASE("the header section is bounded") {
    const auto content = MessageContent::fromMemory(std::string(3'000'000, 'x'));
    CHECK(content.headerSection().size() == 1024 * 1024);
    CHECK(content.headerSection(10) == "xxxxxxxxxx");
    CHECK(content.headerSection(0).empty());
}

TEST_CASE("many threads read one content at once") {
    const test::TempDir folder;
    const std::string octets(300'000, 'y');
    const auto content = MessageContent::fromFile(folder.write("m", octets), octets.size());
    std::vector<int> right(4, 0);
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (std::size_t i = 0; i < right.size(); ++i) {
            threads.emplace_back([&, i] { right.at(i) = readAll(content, 999) == octets ? 1 : 0; });
        }
    }
    CHECK(right == std::vector<int>{1, 1, 1, 1});
}

}  // namespace postrider::mail
