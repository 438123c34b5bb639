#include "plugins/couriers/pipe/pipe_courier.h"

#include "plugins/couriers/pipe/exit_status.h"
#include "tests/support/fake_host.h"
#include "tests/support/request_builder.h"
#include "tests/support/temp_dir.h"

#include <chrono>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

using namespace postrider;
using plugin::Disposition;

namespace {

std::string contentOf(const std::filesystem::path& file) {
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

/// A script that runs for each recipient; what it does is up to the test.
struct Program {
    test::TempDir folder;
    test::FakeHost fake;

    /// Gives the path of a shell script with this text; OUT stands for a file to write to.
    std::string script(std::string text) {
        for (auto at = text.find("OUT"); at != std::string::npos; at = text.find("OUT")) {
            text.replace(at, 3, (folder.path() / "result").string());
        }
        const auto path = folder.path() / "script";
        std::ofstream{path} << "#!/bin/sh\n" << text << "\n";
        std::filesystem::permissions(path, std::filesystem::perms{0700});
        return path.string();
    }
    std::unique_ptr<plugin::Courier> courier(const std::map<std::string, std::string>& options) {
        std::map<std::string, plugin::SettingValue> values;
        for (const auto& [key, text] : options)
            values[key] = {text, "postrider.properties:5"};
        return couriers::PipeFactory{}.create({"courier.pipe", values, "/etc"}, fake.host());
    }
    plugin::DeliveryOutcome deliver(const std::string& command, test::RequestBuilder builder = {},
                                    const std::string& to = "alice@example.org") {
        const auto outcomes = courier({{"command", command}})->deliver(builder.to(to).build());
        REQUIRE(outcomes.size() == 1);
        return outcomes.front();
    }
    [[nodiscard]] std::string result() const { return contentOf(folder.path() / "result"); }
};

}  // namespace

TEST_CASE("a program gets the message with its envelope in front, LF line ends, and is believed") {
    Program program;
    const auto outcome =
        program.deliver(program.script("cat > OUT; env | cut -d= -f1 | sort >> OUT; pwd >> OUT"));
    CHECK(outcome.disposition == Disposition::Delivered);
    const std::string text = program.result();
    CHECK(
        text.starts_with("Return-Path: <sender@example.net>\nDelivered-To: alice@example.org\n"
                         "Subject: test\n\nhello\n"));
    // PWD is the shell's own; nothing else of ours is in its environment, and it stands in the root
    // folder.
    CHECK(text.find("\nPATH\nPWD\n") != std::string::npos);
    CHECK(text.find("HOME") == std::string::npos);
    CHECK(text.ends_with("\n/\n"));
}

TEST_CASE("a run for each recipient, placeholders filled, without a shell") {
    Program program;
    const auto courier = program.courier(
        {{"command", program.script("printf '%s|' \"$@\" >> OUT") + " -f %f %u %d '$(id) %u'"}});
    test::RequestBuilder builder;
    builder.to("\"a;id\"@example.org").to("b@example.com");
    const auto outcomes = courier->deliver(builder.build());
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes[1].disposition == Disposition::Delivered);
    CHECK(program.result() ==
          "-f|sender@example.net|a;id|example.org|$(id) a;id|"
          "-f|sender@example.net|b|example.com|$(id) b|");
}

TEST_CASE("without an option the next hop is the command, cut as one from the configuration") {
    Program program;
    const auto courier = program.courier({});
    test::RequestBuilder builder;
    builder.to("alice@example.org").nextHop(program.script("echo \"$1\" > OUT") + " 'for %u'");
    CHECK(courier->deliver(builder.build()).at(0).disposition == Disposition::Delivered);
    CHECK(program.result() == "for alice\n");

    builder.nextHop("'unclosed");
    const auto outcome = courier->deliver(builder.build()).at(0);
    CHECK(outcome.disposition == Disposition::Transient);
    CHECK(outcome.status.toString() == "4.3.5");
    CHECK(outcome.diagnostic == "the command of the alias has a quote that is not closed");
}

TEST_CASE("exit statuses mean what sysexits.h says, and what is unknown means later") {
    struct Case {
        int status;
        Disposition disposition;
        std::string said;
    };
    const std::vector<Case> cases{
        {0, Disposition::Delivered, "2.0.0"},   {1, Disposition::Transient, "4.3.0"},
        {64, Disposition::Transient, "4.3.5"},  {65, Disposition::Permanent, "5.6.0"},
        {66, Disposition::Transient, "4.3.0"},  {67, Disposition::Permanent, "5.1.1"},
        {68, Disposition::Permanent, "5.1.2"},  {69, Disposition::Permanent, "5.3.0"},
        {70, Disposition::Transient, "4.3.0"},  {71, Disposition::Transient, "4.3.0"},
        {73, Disposition::Transient, "4.2.0"},  {74, Disposition::Transient, "4.3.0"},
        {75, Disposition::Transient, "4.3.0"},  {77, Disposition::Permanent, "5.7.1"},
        {78, Disposition::Transient, "4.3.5"},  {100, Disposition::Transient, "4.3.0"},
        {127, Disposition::Transient, "4.3.0"}, {255, Disposition::Transient, "4.3.0"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.status);
        SubprocessResult result;
        result.exitCode = c.status;
        const auto outcome = couriers::outcomeOf(result);
        CHECK(outcome.disposition == c.disposition);
        CHECK(outcome.status.toString() == c.said);
    }
}

TEST_CASE("the first line a program wrote is the diagnostic") {
    Program program;
    const auto outcome =
        program.deliver(program.script("echo out; echo; echo '  no such user  ' >&2; exit 67"));
    CHECK(outcome.disposition == Disposition::Permanent);
    CHECK(outcome.diagnostic == "the program ended with status 67: no such user");
}

TEST_CASE("a program that is missing, killed or too slow is tried again") {
    Program program;
    const auto missing = program.deliver("/nonexistent/mda %u");
    CHECK(missing.disposition == Disposition::Transient);
    CHECK(missing.diagnostic == "/nonexistent/mda: No such file or directory");

    const auto killed = program.deliver(program.script("kill -9 $$"));
    CHECK(killed.disposition == Disposition::Transient);
    CHECK(killed.diagnostic == "the program was ended by signal 9");

    const auto courier =
        program.courier({{"command", program.script("exec sleep 600")}, {"timeout", "1s"}});
    test::RequestBuilder builder;
    const auto begin = steadyNow();
    const auto slow = courier->deliver(builder.to("alice@example.org").build()).at(0);
    CHECK(steadyNow() - begin < std::chrono::seconds{60});
    CHECK(slow.disposition == Disposition::Transient);
    CHECK(slow.diagnostic == "the program took too long");
}

TEST_CASE("an address that would be read as an option is refused, the others are not") {
    Program program;
    const auto command = program.script("echo ran >> OUT") + " %u";
    const auto refused = program.deliver(command, {}, "-oQ/tmp@example.org");
    CHECK(refused.disposition == Disposition::Permanent);
    CHECK(refused.status.toString() == "5.1.3");

    test::RequestBuilder builder;
    builder.from("-f@example.net");
    const auto sender = program.deliver(program.script("echo ran >> OUT") + " %f", builder);
    CHECK(sender.disposition == Disposition::Permanent);
    CHECK(sender.status.toString() == "5.1.7");
    CHECK(program.result().empty());
}

TEST_CASE("a program that reads nothing, and one that writes much, cannot hang us") {
    Program program;
    test::RequestBuilder big{std::string(1'000'000, 'x') + "\r\n"};
    CHECK(program.deliver(program.script("exit 0"), big).disposition == Disposition::Delivered);
    CHECK(program.deliver(program.script("cat; cat /dev/zero | head -c 1000000 >&2"), big)
              .disposition == Disposition::Delivered);
}

TEST_CASE("content that cannot be read is tried again, whatever the program made of it") {
    Program program;
    test::RequestBuilder builder;
    builder.content(mail::MessageContent::fromFile(program.folder.path() / "absent", 10));
    const auto outcome = program.deliver(program.script("exit 0"), builder);
    CHECK(outcome.disposition == Disposition::Transient);
}

TEST_CASE("a command that cannot work is refused at start") {
    Program program;
    CHECK_THROWS_WITH(
        static_cast<void>(program.courier({{"command", "x 'y"}})),
        "postrider.properties:5: courier.pipe.command has a quote that is not closed");
    CHECK_THROWS_AS(static_cast<void>(program.courier({{"command", ""}})), plugin::ConfigError);
    CHECK_THROWS_AS(static_cast<void>(program.courier({{"timeout", "soon"}})), plugin::ConfigError);
}
