#include "plugins/hooks/ratelimit/ratelimit_hook.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_host.h"

#include <doctest/doctest.h>
#include <map>
#include <memory>
#include <string>
#include <utility>

using namespace postrider;

namespace {

/// A hook with the options given, and sessions that ask it.
struct Gate {
    test::FakeHost fake;
    std::unique_ptr<plugin::Hook> hook;

    explicit Gate(const std::map<std::string, std::string>& options) {
        std::map<std::string, plugin::SettingValue> values;
        for (const auto& [key, value] : options)
            values[key] = {value, "p:1"};
        hook = hooks::RateLimitFactory{}.create(plugin::Settings{"hook.r", values, "/etc"},
                                                fake.host());
    }

    static mail::SessionFacts facts(const std::string& ip, std::optional<std::string> user = {}) {
        return {.id = "0session000001",
                .client = {IpAddress::parse(ip).value(), 4321},
                .tls = std::nullopt,
                .ehlo = std::nullopt,
                .user = std::move(user)};
    }
    /// The code of the reply, 0 when there is none.
    int mail(const mail::SessionFacts& facts, const std::string& sender = "a@sender.test") {
        const auto session = hook->onConnect(facts).session;
        return codeOf(session->onMail(facts, test::reversePath(sender), {}));
    }
    int rcpt(const mail::SessionFacts& facts, const std::string& recipient = "b@example.test",
             const std::string& sender = "a@sender.test") {
        const auto session = hook->onConnect(facts).session;
        session->onMail(facts, test::reversePath(sender), {});
        return codeOf(session->onRcpt(facts, test::forwardPath(recipient), {}));
    }
    static int codeOf(const mail::Verdict& verdict) {
        const auto* refuse = std::get_if<mail::Refuse>(&verdict);
        if (refuse == nullptr) return 0;
        CHECK(refuse->reply.status == mail::EnhancedStatus{4, 7, 1});
        return refuse->reply.code;
    }
};

const std::string alice = "alice@a.example";

}  // namespace

TEST_CASE("strangers are counted by address, IPv6 by /64") {
    Gate gate{{{"per_ip", "1/1h"}}};
    CHECK(gate.mail(Gate::facts("192.0.2.1")) == 0);
    CHECK(gate.mail(Gate::facts("192.0.2.1")) == 450);
    CHECK(gate.mail(Gate::facts("192.0.2.2")) == 0);
    CHECK(gate.mail(Gate::facts("2001:db8:0:1::1")) == 0);
    CHECK(gate.mail(Gate::facts("2001:db8:0:1:ffff::2")) == 450);
    CHECK(gate.mail(Gate::facts("2001:db8:0:2::1")) == 0);
    CHECK(gate.rcpt(Gate::facts("192.0.2.1")) == 0);
}

TEST_CASE("users are counted as users, wherever they come from") {
    Gate gate{{{"per_ip", "1/1h"}, {"per_user", "2/1h"}, {"per_user_recipients", "1/1h"}}};
    CHECK(gate.mail(Gate::facts("192.0.2.1", alice)) == 0);
    CHECK(gate.mail(Gate::facts("192.0.2.2", alice)) == 0);
    CHECK(gate.mail(Gate::facts("192.0.2.3", alice)) == 450);
    CHECK(gate.mail(Gate::facts("192.0.2.3", "bob@a.example")) == 0);
    CHECK(gate.mail(Gate::facts("192.0.2.1")) == 0);
    CHECK(gate.rcpt(Gate::facts("192.0.2.1", alice)) == 0);
    CHECK(gate.rcpt(Gate::facts("192.0.2.1", alice)) == 450);
}

TEST_CASE("sender domains of strangers are counted, bounces and our users are not") {
    Gate gate{{{"per_sender_domain", "1/1h"}}};
    CHECK(gate.mail(Gate::facts("192.0.2.1"), "a@sender.test") == 0);
    CHECK(gate.mail(Gate::facts("192.0.2.2"), "b@SENDER.test") == 450);
    CHECK(gate.mail(Gate::facts("192.0.2.2"), "b@other.test") == 0);
    CHECK(gate.mail(Gate::facts("192.0.2.2"), "") == 0);
    CHECK(gate.mail(Gate::facts("192.0.2.2"), "") == 0);
    CHECK(gate.mail(Gate::facts("192.0.2.2", alice), "a@sender.test") == 0);
}

TEST_CASE("recipients of a sender's domain are counted apart from its messages") {
    Gate gate{{{"per_sender_domain", "100/1h"}, {"per_sender_domain_recipients", "2/1h"}}};
    CHECK(gate.rcpt(Gate::facts("192.0.2.1"), "b@example.test", "a@sender.test") == 0);
    CHECK(gate.rcpt(Gate::facts("192.0.2.2"), "c@example.test", "b@sender.test") == 0);
    CHECK(gate.rcpt(Gate::facts("192.0.2.3"), "d@example.test", "c@sender.test") == 450);
    CHECK(gate.rcpt(Gate::facts("192.0.2.3"), "d@example.test", "c@other.test") == 0);
    for (int i = 0; i < 3; ++i)
        CHECK(gate.rcpt(Gate::facts("192.0.2.3"), "d@example.test", "") == 0);
    CHECK(gate.rcpt(Gate::facts("192.0.2.3", alice), "d@example.test", "a@sender.test") == 0);
}

TEST_CASE("networks that may relay are not counted") {
    Gate gate{{{"per_ip", "1/1h"}, {"per_ip_recipients", "1/1h"}}};
    auto facts = Gate::facts("10.0.0.1");
    facts.trusted = true;
    for (int i = 0; i < 3; ++i) {
        CHECK(gate.mail(facts) == 0);
        CHECK(gate.rcpt(facts) == 0);
    }
}

TEST_CASE("a stolen account reaches so many strangers a day, and the postmaster hears of it once") {
    Gate gate{{{"new_recipients_per_user", "2/1d"}}};
    const auto facts = Gate::facts("192.0.2.1", alice);
    CHECK(gate.rcpt(facts, "one@x.test") == 0);
    CHECK(gate.rcpt(facts, "two@x.test") == 0);
    CHECK(gate.rcpt(facts, "three@x.test") == 450);
    CHECK(gate.rcpt(facts, "four@x.test") == 450);
    CHECK(gate.rcpt(facts, "one@x.test") == 0);
    CHECK(gate.rcpt(Gate::facts("192.0.2.1"), "five@x.test") == 0);
    const auto notices = gate.fake.notices.all();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].domain == "a.example");
    CHECK(notices[0].subject.find(alice) != std::string::npos);
    CHECK(gate.fake.log.count("ratelimit-new-recipients user=alice@a.example limit=2") == 1);
}

TEST_CASE("without the brake there is no database") {
    Gate gate{{{"per_user", "2/1h"}}};
    CHECK(gate.rcpt(Gate::facts("192.0.2.1", alice)) == 0);
    CHECK_FALSE(std::filesystem::exists(gate.fake.folder / "ratelimit.db"));
}

TEST_CASE("a rate that is none is an error in the configuration") {
    CHECK_THROWS_WITH_AS((Gate{{{"per_ip", "many"}}}),
                         "p:1: hook.r.per_ip must be a number and a time, such as 100/1h",
                         plugin::ConfigError);
}
