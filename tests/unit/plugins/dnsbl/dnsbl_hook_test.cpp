#include "plugins/hooks/dnsbl/dnsbl_hook.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_host.h"

#include <doctest/doctest.h>
#include <map>
#include <string>
#include <variant>

using namespace postrider;

namespace {

/// A hook with one list that has the client, unless a test says otherwise.
struct World {
    test::FakeHost fake;
    std::map<std::string, std::string> options{{"lists", "bad.example*2"}};
    mail::SessionFacts facts{.id = "0session000001",
                             .client = {IpAddress::v4({93, 184, 216, 7}), 4321},
                             .listener = mail::ListenerKind::Smtp,
                             .tls = {},
                             .ehlo = {},
                             .esmtp = true,
                             .user = {}};
    std::unique_ptr<plugin::Hook> hook;
    std::unique_ptr<plugin::HookSession> session;

    World() { fake.resolver.addressRecords["7.216.184.93.bad.example"] = {"127.0.0.2"}; }

    void connect() {
        std::map<std::string, plugin::SettingValue> values;
        for (const auto& [key, text] : options)
            values[key] = {text, "postrider.properties:5"};
        const plugin::Settings settings{"hook.dnsbl", values, "/etc", "postrider.properties:4"};
        hook = hooks::DnsblFactory{}.create(settings, fake.host());
        auto admission = hook->onConnect(facts);
        CHECK(std::holds_alternative<mail::Proceed>(admission.verdict));
        session = std::move(admission.session);
    }
    mail::Verdict ask(const std::string& recipient = "bob@example.test") {
        if (!hook) connect();
        if (!session) return mail::Proceed{};
        return session->onRcpt(facts, *mail::ForwardPath::fromString(recipient), {});
    }
    std::size_t asked() const { return fake.resolver.questions().size(); }
};

bool isProceed(const mail::Verdict& verdict) {
    return std::holds_alternative<mail::Proceed>(verdict);
}

}  // namespace

TEST_CASE("a listed client is refused with the names of the lists, and the journal knows why") {
    World world;
    world.options["lists"] = "bad.example=127.0.0.2*2, good.example*-1, clean.example";
    world.fake.resolver.addressRecords["7.216.184.93.good.example"] = {"127.0.0.9"};
    const auto verdict = world.ask();
    const auto* refuse = std::get_if<mail::Refuse>(&verdict);
    REQUIRE(refuse != nullptr);
    CHECK(refuse->reply.toString() ==
          "550 5.7.1 No mail is taken from 93.184.216.7, it is listed by bad.example");
    CHECK(refuse->reason ==
          "score 1 of 1: bad.example 127.0.0.2 (+2), good.example 127.0.0.9 (-1)");
}

TEST_CASE("below the threshold a client passes, at it it does not") {
    World world;
    world.options["threshold"] = "3";
    CHECK(isProceed(world.ask()));
    World other;
    other.options["threshold"] = "2";
    CHECK_FALSE(isProceed(other.ask()));
}

TEST_CASE("the lists are asked at the first recipient, once for a session") {
    World world;
    world.connect();
    CHECK(world.asked() == 0);
    world.ask();
    world.fake.clock.advance(std::chrono::hours{1});
    CHECK_FALSE(isProceed(world.ask("carol@example.test")));
    CHECK(world.asked() == 1);
}

TEST_CASE("mail to postmaster and abuse passes whoever sends it (RFC 5321 4.5.1)") {
    World world;
    for (const char* name : {"postmaster", "PostMaster@example.test", "abuse@example.test"}) {
        CAPTURE(name);
        CHECK(isProceed(world.ask(name)));
    }
    CHECK_FALSE(isProceed(world.ask("postmaster.x@example.test")));
}

TEST_CASE("no list is asked about users who have logged in, and trusted networks") {
    World world;
    world.facts.user = "alice@example.test";
    CHECK(isProceed(world.ask()));
    world.facts.user.reset();
    world.facts.trusted = true;
    CHECK(isProceed(world.ask()));
    CHECK(world.asked() == 0);
    world.facts.trusted = false;
    CHECK_FALSE(isProceed(world.ask()));
}

TEST_CASE("no list is asked about private addresses, unless the operator wants it so") {
    World world;
    world.facts.client.ip = IpAddress::v4({127, 0, 0, 1});
    world.fake.resolver.addressRecords["1.0.0.127.bad.example"] = {"127.0.0.2"};
    CHECK(isProceed(world.ask()));
    CHECK(world.asked() == 0);
    World other;
    other.facts.client.ip = IpAddress::v4({127, 0, 0, 1});
    other.fake.resolver.addressRecords["1.0.0.127.bad.example"] = {"127.0.0.2"};
    other.options["ask_private"] = "yes";
    CHECK_FALSE(isProceed(other.ask()));
}

TEST_CASE("an IPv6 client is listed too (RFC 5782 2.4)") {
    World world;
    world.facts.client.ip = *IpAddress::parse("2001:500::1");
    const std::string name =
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.0.1.0.0.2.bad.example";
    world.fake.resolver.addressRecords[name] = {"127.0.0.2"};
    CHECK_FALSE(isProceed(world.ask()));
}

TEST_CASE("a hook without lists, or with what is none, is refused at the start") {
    World world;
    world.options.erase("lists");
    CHECK_THROWS_AS(world.connect(), plugin::ConfigError);
    world.options["lists"] = "bad.example*x";
    CHECK_THROWS_AS(world.connect(), plugin::ConfigError);
    world.options = {{"lists", "bad.example"}, {"threshold", "0"}};
    CHECK_THROWS_AS(world.connect(), plugin::ConfigError);
}
