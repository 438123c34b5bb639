#include "plugins/couriers/maildir/maildir_courier.h"

#include "plugins/couriers/maildir/maildir.h"
#include "tests/support/fake_host.h"
#include "tests/support/request_builder.h"
#include "tests/support/temp_dir.h"

#include <array>
#include <cerrno>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace postrider;
using plugin::Disposition;
namespace fs = std::filesystem;

namespace {

std::string contentOf(const fs::path& file) {
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

std::vector<fs::path> filesIn(const fs::path& folder) {
    std::vector<fs::path> files;
    if (!fs::exists(folder)) return files;
    for (const auto& entry : fs::directory_iterator{folder})
        files.push_back(entry.path());
    return files;
}

unsigned modeOf(const fs::path& path) {
    struct stat info {};
    REQUIRE(::lstat(path.c_str(), &info) == 0);
    return info.st_mode & 07777;
}

plugin::Settings settingsWith(const std::string& path) {
    return {"courier.local", {{"path", {path, "postrider.properties:3"}}}, "/etc/postrider"};
}

/// A maildir courier with its mailboxes in a temporary folder.
struct Mailboxes {
    test::TempDir folder;
    test::FakeHost fake;
    std::unique_ptr<plugin::Courier> courier;

    explicit Mailboxes(const std::string& pattern = "/mail/%d/%u")
        : courier(couriers::MaildirFactory{}.create(settingsWith(folder.path().string() + pattern),
                                                    fake.host())) {}

    [[nodiscard]] fs::path mailbox(const std::string& below = "example.org/alice") const {
        return folder.path() / "mail" / below;
    }
    plugin::DeliveryOutcome deliver(test::RequestBuilder builder,
                                    const std::string& to = "alice@example.org") {
        auto outcomes = courier->deliver(builder.to(to).build());
        REQUIRE(outcomes.size() == 1);
        return outcomes.front();
    }
};

/// Ends with an exception after the first octets, as a spool file on a dying disk does.
class DyingReader final : public mail::ContentReader {
public:
    std::size_t read(std::span<char> buffer) override {
        if (std::exchange(begun_, true)) throw std::system_error(EIO, std::generic_category());
        buffer[0] = 'x';
        return 1;
    }

private:
    bool begun_ = false;
};

}  // namespace

TEST_CASE("a message becomes one file in new, with its envelope in front and LF line ends") {
    Mailboxes boxes;
    const auto outcome = boxes.deliver(test::RequestBuilder{"Subject: x\r\n\r\na\r\n.b\r\n"});
    CHECK(outcome.disposition == Disposition::Delivered);
    CHECK(outcome.status.toString() == "2.0.0");

    const auto files = filesIn(boxes.mailbox() / "new");
    REQUIRE(files.size() == 1);
    CHECK(contentOf(files[0]) ==
          "Return-Path: <sender@example.net>\nDelivered-To: alice@example.org\n"
          "Subject: x\n\na\n.b\n");
    CHECK(filesIn(boxes.mailbox() / "tmp").empty());
    CHECK(fs::is_directory(boxes.mailbox() / "cur"));
}

TEST_CASE("folders are made for us alone, and so are files") {
    Mailboxes boxes;
    boxes.deliver(test::RequestBuilder{});
    CHECK(modeOf(boxes.mailbox()) == 0700);
    CHECK(modeOf(boxes.mailbox() / "new") == 0700);
    CHECK(modeOf(boxes.mailbox().parent_path()) == 0700);
    CHECK(modeOf(filesIn(boxes.mailbox() / "new").at(0)) == 0600);
}

TEST_CASE("only CRLF becomes LF") {
    Mailboxes boxes;
    // A CR at the very end, and CRLF cut by every buffer size, must survive as they are.
    std::string octets = "\r\n" + std::string(16 * 1024 - 3, 'x') + "\r\n\ra\rb\nc\r\r\n";
    boxes.deliver(test::RequestBuilder{octets + "\r"});
    const auto text = contentOf(filesIn(boxes.mailbox() / "new").at(0));
    const std::string expected = "\n" + std::string(16 * 1024 - 3, 'x') + "\n\ra\rb\nc\r\n\r";
    CHECK(text.substr(text.size() - expected.size()) == expected);
}

TEST_CASE("a null reverse-path is written as <> (RFC 5321 4.4)") {
    Mailboxes boxes;
    boxes.deliver(test::RequestBuilder{}.from(""));
    CHECK(contentOf(filesIn(boxes.mailbox() / "new").at(0)).starts_with("Return-Path: <>\n"));
}

TEST_CASE("a Return-Path that came with the message does not survive beside ours (S-042)") {
    Mailboxes boxes;
    boxes.deliver(test::RequestBuilder{
        "Received: a\r\nReturn-Path: <forged@example.net>\r\nReturn-path:\r\n <two@example.net>\r\n"
        "Subject: x\r\n\r\nReturn-Path: <body@example.net>\r\n" +
        std::string(40'000, 'y') + "\r\n"});
    CHECK(contentOf(filesIn(boxes.mailbox() / "new").at(0)) ==
          "Return-Path: <sender@example.net>\nDelivered-To: alice@example.org\n"
          "Received: a\nSubject: x\n\nReturn-Path: <body@example.net>\n" +
              std::string(40'000, 'y') + "\n");
}

TEST_CASE("names are unique, also when the clock stands still and many threads deliver") {
    Mailboxes boxes;
    constexpr std::size_t each = 50;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (std::size_t i = 0; i < each; ++i) {
                test::RequestBuilder builder;
                builder.to("alice@example.org");
                auto request = builder.build();
                request.id = mail::QueueId::make(boxes.fake.clock.now(), boxes.fake.random);
                boxes.courier->deliver(request);
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(filesIn(boxes.mailbox() / "new").size() == 4 * each);
}

TEST_CASE("what could leave the path is never joined to it") {
    Mailboxes boxes;
    const std::vector<std::string> hostile{"\"../../escape\"@example.org", "\"a/b\"@example.org",
                                           "\"..\"@example.org", "\".hidden\"@example.org",
                                           "\"/etc/passwd\"@example.org"};
    for (const auto& address : hostile) {
        CAPTURE(address);
        const auto outcome = boxes.deliver(test::RequestBuilder{}, address);
        CHECK(outcome.disposition == Disposition::Permanent);
        CHECK(outcome.status.toString() == "5.1.3");
    }
    CHECK(filesIn(boxes.folder.path()).empty());
}

TEST_CASE("a percent sign in an address is not a placeholder") {
    Mailboxes boxes;
    CHECK(boxes.deliver(test::RequestBuilder{}, "%d%u@example.org").disposition ==
          Disposition::Delivered);
    CHECK(fs::exists(boxes.mailbox("example.org/%d%u/new")));
}

TEST_CASE("the bare postmaster has a mailbox at our host") {
    Mailboxes boxes;
    CHECK(boxes.deliver(test::RequestBuilder{}, "postmaster").disposition ==
          Disposition::Delivered);
    CHECK(fs::exists(boxes.mailbox("mx.example.org/postmaster/new")));
}

TEST_CASE("no link is followed below the part of the path that the operator chose") {
    Mailboxes boxes;
    const fs::path outside = boxes.folder.path() / "outside";
    fs::create_directories(outside / "new");

    SUBCASE("the mailbox is a link") {
        fs::create_directories(boxes.mailbox().parent_path());
        fs::create_directory_symlink(outside, boxes.mailbox());
    }
    SUBCASE("new is a link") {
        fs::create_directories(boxes.mailbox());
        fs::create_directory_symlink(outside / "new", boxes.mailbox() / "new");
    }
    SUBCASE("tmp is a file") {
        fs::create_directories(boxes.mailbox());
        std::ofstream{boxes.mailbox() / "tmp"} << "here I am";
    }
    SUBCASE("new is a FIFO") {
        fs::create_directories(boxes.mailbox());
        REQUIRE(::mkfifo((boxes.mailbox() / "new").c_str(), 0600) == 0);
    }
    const auto outcome = boxes.deliver(test::RequestBuilder{});
    CHECK(outcome.disposition == Disposition::Transient);
    CHECK(filesIn(outside / "new").empty());
}

TEST_CASE("a link in the part that the operator chose is followed") {
    Mailboxes boxes;
    fs::create_directories(boxes.folder.path() / "disk2");
    fs::create_directory_symlink(boxes.folder.path() / "disk2", boxes.folder.path() / "mail");
    CHECK(boxes.deliver(test::RequestBuilder{}).disposition == Disposition::Delivered);
    CHECK(fs::exists(boxes.folder.path() / "disk2/example.org/alice/new"));
}

TEST_CASE("somebody else's folder, or one open to everybody, is not delivered into") {
    Mailboxes boxes;
    fs::create_directories(boxes.mailbox());
    SUBCASE("open to everybody") {
        fs::permissions(boxes.mailbox(), fs::perms{0777});
    }
    SUBCASE("another user's") {
        if (::geteuid() != 0) return;
        REQUIRE(::chown(boxes.mailbox().c_str(), 4242, 4242) == 0);
    }
    const auto outcome = boxes.deliver(test::RequestBuilder{});
    CHECK(outcome.disposition == Disposition::Transient);
    CHECK(outcome.diagnostic.find("not ours alone") != std::string::npos);
    CHECK(filesIn(boxes.mailbox() / "new").empty());
}

TEST_CASE("a spool file that is gone delays one recipient and leaves nothing behind") {
    Mailboxes boxes;
    test::RequestBuilder builder;
    builder.content(mail::MessageContent::fromFile(boxes.folder.path() / "absent", 100));
    const auto outcome = boxes.deliver(builder);
    CHECK(outcome.disposition == Disposition::Transient);
    CHECK(outcome.status.toString() == "4.3.0");
    CHECK(filesIn(boxes.mailbox() / "new").empty());
}

TEST_CASE("a message that breaks off leaves neither new nor tmp behind") {
    const test::TempDir folder;
    const couriers::Maildir maildir{folder.path().string(), {"box"}};
    DyingReader reader;
    CHECK_THROWS_AS(static_cast<void>(maildir.deliver("temporary", "name", reader)),
                    std::system_error);
    CHECK(filesIn(folder.path() / "box/new").empty());
    CHECK(filesIn(folder.path() / "box/tmp").empty());
}

TEST_CASE("what was delivered before a crash is found, never written over nor twice") {
    Mailboxes boxes;
    CHECK(boxes.deliver(test::RequestBuilder{"first\r\n"}).diagnostic == "delivered to maildir");
    const auto again = boxes.deliver(test::RequestBuilder{"second\r\n"});
    CHECK((again.disposition == Disposition::Delivered));
    CHECK(again.diagnostic == "was in the maildir already");
    const auto files = filesIn(boxes.mailbox() / "new");
    REQUIRE(files.size() == 1);
    CHECK(contentOf(files[0]).ends_with("first\n"));
    CHECK(filesIn(boxes.mailbox() / "tmp").empty());
}

TEST_CASE("a full disk is 4.3.1 and later") {
    // /dev/full cannot be a maildir; a file size limit of the process gives EFBIG, not ENOSPC. A
    // tiny tmpfs is the honest disk; without the right to mount one there is nothing to see.
    const test::TempDir folder;
    const std::string mount =
        "mount -t tmpfs -o size=64k,mode=700 none " + folder.path().string() + " 2>/dev/null";
    if (::geteuid() != 0 || std::system(mount.c_str()) != 0) return;  // NOLINT(cert-env33-c)
    test::FakeHost fake;
    const auto courier = couriers::MaildirFactory{}.create(
        settingsWith(folder.path().string() + "/%u"), fake.host());
    test::RequestBuilder builder{std::string(200'000, 'x') + "\r\n"};
    const auto outcomes = courier->deliver(builder.to("alice@example.org").build());
    CHECK(filesIn(folder.path() / "alice/new").empty());
    CHECK(filesIn(folder.path() / "alice/tmp").empty());
    const std::string unmount = "umount " + folder.path().string();
    CHECK(std::system(unmount.c_str()) == 0);  // NOLINT(cert-env33-c)
    CHECK(outcomes[0].disposition == Disposition::Transient);
    CHECK(outcomes[0].status.toString() == "4.3.1");
}

TEST_CASE("recipients for whom no time is left are tried later, the others are delivered") {
    Mailboxes boxes;
    test::RequestBuilder builder;
    builder.to("alice@example.org").deadline(boxes.fake.clock.steady());
    const auto late = boxes.courier->deliver(builder.build());
    CHECK(late.at(0).disposition == Disposition::Transient);
    CHECK(filesIn(boxes.mailbox() / "new").empty());
}

TEST_CASE("a path that cannot work is refused at start") {
    test::FakeHost fake;
    const couriers::MaildirFactory factory;
    struct Case {
        std::string path;
        std::string reason;
    };
    const std::vector<Case> cases{{"mail/%u", "must begin with /"},
                                  {"/mail/%x/%u", "has %x, which is not known here"},
                                  {"/mail/%", "ends in a single %"},
                                  {"/mail/../%u", "must not have . or .. in it"},
                                  {"", "must not be empty"}};
    for (const auto& c : cases) {
        CAPTURE(c.path);
        try {
            static_cast<void>(factory.create(settingsWith(c.path), fake.host()));
            FAIL("was accepted");
        } catch (const plugin::ConfigError& error) {
            const std::string text = error.what();
            CAPTURE(text);
            CHECK(text.starts_with("postrider.properties:3: courier.local.path "));
            CHECK(text.find(c.reason) != std::string::npos);
        }
    }
    const plugin::Settings none{"courier.local", {}, "/etc/postrider", "postrider.properties:1"};
    CHECK_THROWS_WITH(static_cast<void>(factory.create(none, fake.host())),
                      "postrider.properties:1: courier.local.path is required and missing");
}
