#include "plugins/hooks/greylist/greylist_hook.h"

#include "tests/support/fake_host.h"
#include "tests/support/message_setting.h"

#include <doctest/doctest.h>
#include <map>
#include <string>
#include <variant>

using namespace postrider;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// A hook, and sessions of one stranger.
struct World {
    test::FakeHost fake;
    test::MessageSetting message;
    std::map<std::string, std::string> options;
    std::unique_ptr<plugin::Hook> hook;

    void make() {
        std::map<std::string, plugin::SettingValue> values;
        for (const auto& [key, text] : options)
            values[key] = {text, "postrider.properties:5"};
        hook = hooks::GreylistFactory{}.create({"hook.greylist", values, "/etc"}, fake.host());
    }
    std::unique_ptr<plugin::HookSession> session() {
        if (!hook) make();
        auto session = hook->onConnect(message.facts).session;
        session->onMail(message.facts, message.envelope.reversePath, {});
        return session;
    }
    mail::Verdict recipient(const char* path = "bob@example.test") {
        return session()->onRcpt(message.facts, test::forwardPath(path), {});
    }
    mail::Verdict endOfData() { return session()->onMessage(message.view()).verdict; }
};

bool isProceed(const mail::Verdict& verdict) {
    return std::holds_alternative<mail::Proceed>(verdict);
}

}  // namespace

TEST_CASE("a stranger's recipient is put off with the time to wait, and taken afterwards") {
    World world;
    const auto verdict = world.recipient();
    const auto* refuse = std::get_if<mail::Refuse>(&verdict);
    REQUIRE(refuse != nullptr);
    CHECK(refuse->reply.toString() ==
          "450 4.7.1 We have not met before, please try again in 5 minutes");
    CHECK(refuse->reason == "first tries from 192.0.2.0/24 must wait, 300 seconds more");
    world.fake.clock.advance(minutes{5});
    CHECK(isProceed(world.recipient()));
    CHECK(isProceed(world.endOfData()));
}

TEST_CASE("the time to wait is rounded up") {
    World world;
    world.recipient();
    world.fake.clock.advance(seconds{61});
    auto verdict = world.recipient();
    CHECK(std::get<mail::Refuse>(verdict).reply.lines.front().ends_with("in 4 minutes"));
    world.fake.clock.advance(minutes{3});
    verdict = world.recipient();
    CHECK(std::get<mail::Refuse>(verdict).reply.lines.front().ends_with("in a minute"));
}

TEST_CASE("users who have logged in and trusted networks never wait, and leave no trace") {
    World world;
    world.message.facts.user = "alice@example.test";
    CHECK(isProceed(world.recipient()));
    world.message.facts.user.reset();
    world.message.facts.trusted = true;
    CHECK(isProceed(world.recipient()));
    world.message.envelope.reversePath = {};
    CHECK(isProceed(world.endOfData()));
    CHECK_FALSE(std::filesystem::exists(world.fake.folder / "greylist.db"));
}

TEST_CASE("mail without a sender is put off at the end of data, so that callouts are answered") {
    World world;
    world.message.envelope.reversePath = {};
    CHECK(isProceed(world.recipient()));
    const auto verdict = world.endOfData();
    REQUIRE_FALSE(isProceed(verdict));
    CHECK(std::get<mail::Refuse>(verdict).reply.code == 450);
    world.fake.clock.advance(minutes{5});
    CHECK(isProceed(world.endOfData()));
    // A further recipient is a stranger again, and all of them wait.
    world.message.envelope.recipients.push_back({test::forwardPath("carol@example.test"), {}});
    CHECK_FALSE(isProceed(world.endOfData()));
}

TEST_CASE("who is on a list of the good need not wait, and only strangers are asked about") {
    World world;
    world.options["dnswl"] = "good.example=127.0.0..255.1..3";
    CHECK_FALSE(isProceed(world.recipient()));
    world.fake.resolver.addressRecords["7.2.0.192.good.example"] = {"127.0.5.2"};
    world.fake.clock.advance(minutes{6});
    CHECK(isProceed(world.recipient()));
    CHECK(world.fake.resolver.questions().size() == 1);
    CHECK(isProceed(world.recipient("carol@example.test")));
    CHECK(world.fake.resolver.questions().size() == 2);
}

TEST_CASE("a file that cannot be used is an error of the hook") {
    World world;
    world.fake.folder.write("greylist.db", "this is no database, and far too short to be one");
    CHECK_THROWS(world.recipient());
}

TEST_CASE("options that make no sense are refused") {
    World world;
    world.options = {{"delay", "10m"}, {"window", "10m"}};
    CHECK_THROWS_AS(world.make(), plugin::ConfigError);
    world.options = {{"passes", "0"}};
    CHECK_THROWS_AS(world.make(), plugin::ConfigError);
    world.options = {{"dnswl", "good.example="}};
    CHECK_THROWS_AS(world.make(), plugin::ConfigError);
}
