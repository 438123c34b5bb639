#include "plugins/hooks/exec/exec_hook.h"

#include "tests/support/fake_host.h"
#include "tests/support/message_setting.h"
#include "tests/support/process_end.h"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <variant>

using namespace postrider;

namespace {

/// A configuration folder with a script in it, asked about a message.
struct World {
    test::FakeHost fake;
    test::MessageSetting message;
    std::unique_ptr<plugin::Hook> hook;

    std::filesystem::path script(const std::string& text,
                                 const std::string& name = "hooks/post-data") {
        const auto path = fake.folder.write(name, "#!/bin/sh\n" + text + "\n");
        std::filesystem::permissions(path, std::filesystem::perms{0700});
        return path;
    }
    void make(const std::map<std::string, std::string>& options = {}) {
        std::map<std::string, plugin::SettingValue> values;
        for (const auto& [key, text] : options)
            values[key] = {text, "postrider.properties:5"};
        hook = hooks::ExecFactory{}.create({"hook.post-data", values, fake.folder.path()},
                                           fake.host());
    }
    mail::MessageVerdict ask() {
        if (!hook) make();
        auto admission = hook->onConnect(message.facts);
        REQUIRE(admission.session != nullptr);
        return admission.session->onMessage(message.view());
    }
    [[nodiscard]] std::string result() const {
        std::ifstream stream{fake.folder / "result", std::ios::binary};
        return {std::istreambuf_iterator<char>{stream}, {}};
    }
};

bool isProceed(const mail::MessageVerdict& answer) {
    return std::holds_alternative<mail::Proceed>(answer.verdict);
}

}  // namespace

TEST_CASE("the program reads the message with our Received field in front, LF line ends") {
    World world;
    world.script("cat > result");
    const auto answer = world.ask();
    CHECK(isProceed(answer));
    CHECK(answer.edits.empty());
    CHECK(world.result() ==
          "Received: from client.example by mx.example.org\nSubject: hello\n\nHello, Bob.\n");
}

TEST_CASE("the program learns session and envelope from its environment, and nothing of ours") {
    World world;
    world.script("env | grep -v '^_=\\|^SHLVL=' | sort > result");
    world.message.facts.ehlo = mail::EhloName::from("$(id);client.example");
    world.message.facts.tls = mail::TlsFacts{"TLSv1.3", "x"};
    world.message.facts.user = "carol@example.test";
    world.message.envelope.recipients.push_back({test::forwardPath("list@example.test"), {}});
    world.message.resolved = {test::forwardPath("bob@example.test"),
                              test::forwardPath("dave@example.com")};
    world.message.fromOurs = true;
    CHECK(isProceed(world.ask()));
    const std::string text = world.result();
    CAPTURE(text);
    for (const std::string line :
         {"AUTH_AS=carol@example.test", "EHLO_DOMAIN=idclient.example",
          "EHLO_DOMAIN_RAW=$?id??client.example", "FROM_LOCAL_DOMAIN=1", "LISTENER=smtp",
          "MAIL_FROM=alice@sender.test", "ON_TLS=1", "QUEUE_ID=0123456789abcd",
          "RCPT_TO=bob@example.test list@example.test",
          "RCPT_TO_RESOLVED=bob@example.test dave@example.com", "REMOTE_ADDR=192.0.2.7:4321",
          "SHELL=/bin/sh", "SPF_PASS=0"}) {
        CHECK(("\n" + text).find("\n" + line + "\n") != std::string::npos);
    }
    CHECK(text.find("PWD=" + world.fake.folder.path().string()) != std::string::npos);
    CHECK(text.find("HOME=") == std::string::npos);
}

TEST_CASE("a stranger without TLS and without a name is told as such") {
    World world;
    world.script("echo \"$AUTH_AS|$ON_TLS|$EHLO_DOMAIN|$MAIL_FROM|$FROM_LOCAL_DOMAIN\" > result");
    world.message.facts.ehlo.reset();
    world.message.envelope.reversePath = {};
    CHECK(isProceed(world.ask()));
    CHECK(world.result() == "|0|||0\n");
}

TEST_CASE("without the usual program there is no hook, until it appears") {
    World world;
    CHECK(isProceed(world.ask()));
    world.script("exit 20");
    CHECK_FALSE(isProceed(world.ask()));
}

TEST_CASE("a program that was named must exist: at the start, and later") {
    World world;
    CHECK_THROWS_AS(world.make({{"command", "hooks/missing"}}), plugin::ConfigError);
    const auto path = world.script("exit 20", "bin/check");
    world.make({{"command", "bin/check"}});
    CHECK_FALSE(isProceed(world.ask()));
    std::filesystem::remove(path);
    CHECK_THROWS(world.ask());
}

TEST_CASE("a program that everybody may write to, or that is none, is not run") {
    World world;
    const auto path = world.script("exit 0");
    std::filesystem::permissions(path, std::filesystem::perms{0777});
    CHECK_THROWS(world.ask());
    std::filesystem::permissions(path, std::filesystem::perms{0600});
    CHECK_THROWS(world.ask());
}

TEST_CASE("a program may leave its input unread, however large it is") {
    World world;
    world.script("exec 0<&-; echo 'X-Seen: no'");
    world.message.content = mail::MessageContent::fromMemory("Subject: large\r\n\r\n" +
                                                             std::string(3'000'000, 'x') + "\r\n");
    const auto answer = world.ask();
    CHECK(isProceed(answer));
    CHECK(answer.edits.size() == 1);
}

TEST_CASE("a program that prints without end is read to its end, and has failed") {
    World world;
    world.script("yes xxxxxxxxx | head -c 5000000");
    CHECK_THROWS(world.ask());
}

TEST_CASE("a program that hangs is killed with its children, and has failed") {
    World world;
    world.script("sleep 600 & echo $! > result; wait");
    // A busy machine may need more than the first time to start it.
    for (const std::string timeout : {"1s", "4s", "16s", "64s"}) {
        world.make({{"timeout", timeout}});
        CHECK_THROWS_WITH(world.ask(), "the program took too long");
        if (!world.result().empty()) break;
    }
    REQUIRE_FALSE(world.result().empty());
    CHECK(test::endsSoon(std::stoi(world.result())));
}

TEST_CASE("a program that dies of a signal has failed") {
    World world;
    world.script("kill -SEGV $$");
    CHECK_THROWS_WITH(world.ask(), "the program was ended by signal 11");
}

TEST_CASE("a child that stays behind with the program's output open holds nobody up") {
    World world;
    world.script("sleep 600 & echo $! > result; echo 'X-Quick: yes'");
    const auto answer = world.ask();
    const pid_t child = std::stoi(world.result());
    CHECK(test::isAlive(child));
    ::kill(child, SIGKILL);
    CHECK(isProceed(answer));
    CHECK(answer.edits.size() == 1);
}

TEST_CASE("what a program complains about is in the log") {
    World world;
    world.script("echo 'no database' >&2; exit 75");
    CHECK_FALSE(isProceed(world.ask()));
    CHECK(world.fake.log.contains("no database"));
}

TEST_CASE("a message whose file is gone is not judged by half of it") {
    World world;
    world.script("exit 0");
    world.message.content =
        mail::MessageContent::fromFile(world.fake.folder / "no-such-file", 1000);
    CHECK_THROWS(world.ask());
}

TEST_CASE("a program may take a minute when nothing is configured") {
    CHECK(hooks::ExecFactory{}.usualTimeout() == std::chrono::seconds{60});
}
