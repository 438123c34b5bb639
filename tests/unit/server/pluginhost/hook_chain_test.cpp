#include "server/pluginhost/hook_chain.h"

#include "tests/support/fake_host.h"
#include "tests/support/recording_journal.h"

#include <doctest/doctest.h>
#include <functional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

using namespace postrider;
using pluginhost::HookChain;
using pluginhost::HookInstance;
using pluginhost::HookLimits;
using pluginhost::OnError;

namespace {

/// What a test hook does, and what was asked of it.
struct Script {
    std::function<plugin::Admission()> connect;
    std::function<mail::Verdict()> mail = [] { return mail::Proceed{}; };
    std::function<mail::MessageVerdict()> message = [] { return mail::MessageVerdict{}; };
    std::vector<std::string> calls;
    std::vector<std::string> reports;
};

class ScriptedSession final : public plugin::HookSession {
public:
    explicit ScriptedSession(Script& script) : script_(script) {}

    mail::Verdict onMail(const mail::SessionFacts& /*facts*/, const mail::ReversePath& /*path*/,
                         const mail::MailParameters& /*parameters*/) override {
        script_.calls.emplace_back("mail");
        return script_.mail();
    }
    mail::MessageVerdict onMessage(const mail::MessageView& /*message*/) override {
        script_.calls.emplace_back("message");
        return script_.message();
    }
    void report(const plugin::Report& report) override {
        using What = plugin::Report::What;
        switch (report.what) {
            case What::Reset:
                script_.reports.emplace_back("reset");
                break;
            case What::Queued:
                script_.reports.push_back("queued " + report.text);
                break;
            case What::Refused:
                script_.reports.push_back("refused " + report.text);
                break;
            case What::Disconnected:
                script_.reports.emplace_back("disconnected");
                break;
        }
    }

private:
    Script& script_;
};

class ScriptedHook final : public plugin::Hook {
public:
    explicit ScriptedHook(Script& script) : script_(script) {}

    plugin::Admission onConnect(const mail::SessionFacts& /*facts*/) override {
        script_.calls.emplace_back("connect");
        if (script_.connect) return script_.connect();
        return {mail::Proceed{}, std::make_unique<ScriptedSession>(script_)};
    }

private:
    Script& script_;
};

/// Two hooks in a row, and a session asked of them.
struct Chain {
    test::FakeHost fake;
    test::RecordingJournal journal;
    Script first;
    Script second;
    std::unique_ptr<smtp::Gatekeeper> gatekeeper;
    mail::SessionFacts facts{"session-000001",
                             {IpAddress::v4({127, 0, 0, 1}), 4711},
                             mail::ListenerKind::Smtp,
                             {},
                             {},
                             false,
                             {}};

    void connect(OnError onError = OnError::Defer) {
        pluginhost::HookInstances instances;
        const HookLimits limits{std::chrono::seconds{5}, onError};
        instances.push_back(std::make_unique<HookInstance>(
            "one", std::make_unique<ScriptedHook>(first), limits, fake.host()));
        instances.push_back(std::make_unique<HookInstance>(
            "two", std::make_unique<ScriptedHook>(second), limits, fake.host()));
        chain = std::make_unique<HookChain>(std::move(instances));
        gatekeeper = chain->admit(journal);
        connected = gatekeeper->onConnect(facts);
    }
    mail::Verdict mail() { return gatekeeper->onMail(facts, {}, {}); }
    mail::MessageVerdict message() {
        return gatekeeper->onMessage({facts, {}, {}, mail::MessageContent::fromMemory("\r\n")});
    }
    std::unique_ptr<HookChain> chain;
    mail::Verdict connected;
};

mail::Refuse refusal(int code, int klass) {
    return mail::Refuse{mail::Reply{code, mail::EnhancedStatus{klass, 7, 1}, "no"}};
}

bool isProceed(const mail::Verdict& verdict) {
    return std::holds_alternative<mail::Proceed>(verdict);
}

int refusedWith(const mail::Verdict& verdict) {
    const auto* refuse = std::get_if<mail::Refuse>(&verdict);
    return refuse == nullptr ? 0 : refuse->reply.code;
}

}  // namespace

TEST_CASE("hooks are asked in order and the first verdict other than Proceed wins") {
    Chain chain;
    chain.first.mail = [] { return refusal(550, 5); };
    chain.connect();
    CHECK(isProceed(chain.connected));
    CHECK(refusedWith(chain.mail()) == 550);
    CHECK(chain.first.calls == std::vector<std::string>{"connect", "mail"});
    CHECK(chain.second.calls == std::vector<std::string>{"connect"});
    CHECK(chain.second.reports == std::vector<std::string>{"refused 550 5.7.1 no"});
}

TEST_CASE("what a hook decides is written down with its name, its reason and what it was asked") {
    Chain chain;
    SUBCASE("a reason") {
        chain.first.mail = [] { return mail::Refuse{refusal(550, 5).reply, "a known spammer"}; };
        chain.connect();
        chain.mail();
        CHECK(chain.journal.decisions().front().reason == "one: a known spammer");
    }
    SUBCASE("no reason") {
        chain.first.mail = [] { return refusal(550, 5); };
        chain.connect();
        chain.mail();
        CHECK(chain.journal.decisions().front().reason == "one: 550 5.7.1 no");
    }
    REQUIRE(chain.journal.count(journal::Step::Hook, "refused") == 1);
    const auto decision = chain.journal.decisions().front();
    CHECK(decision.sessionId == "session-000001");
    CHECK(decision.clientIp == "127.0.0.1");
    CHECK(decision.inputs ==
          std::vector<std::pair<std::string, std::string>>{{"hook", "one"}, {"call", "mail"}});
}

TEST_CASE("a hook without a session hears nothing more") {
    Chain chain;
    chain.first.connect = [] { return plugin::Admission{}; };
    chain.connect();
    CHECK(isProceed(chain.mail()));
    CHECK(chain.first.calls == std::vector<std::string>{"connect"});
    CHECK(chain.second.calls == std::vector<std::string>{"connect", "mail"});
}

TEST_CASE("a refusal at connect ends the asking") {
    Chain chain;
    chain.first.connect = [] {
        return plugin::Admission{mail::Disconnect{{421, mail::EnhancedStatus{4, 7, 0}, "go"}}, {}};
    };
    chain.connect();
    CHECK(std::holds_alternative<mail::Disconnect>(chain.connected));
    CHECK(chain.second.calls.empty());
}

TEST_CASE("a hook that fails is answered for by on_error") {
    for (const bool accept : {false, true}) {
        CAPTURE(accept);
        Chain chain;
        chain.first.mail = []() -> mail::Verdict { throw std::runtime_error("out of luck"); };
        chain.connect(accept ? OnError::Accept : OnError::Defer);
        CHECK(refusedWith(chain.mail()) == (accept ? 0 : 451));
        CHECK(chain.second.calls.size() == (accept ? 2U : 1U));
        CHECK(chain.fake.log.contains("hook-fault"));
        CHECK(chain.fake.log.contains("out of luck"));
        CHECK(chain.journal.decisions().back().reason == "one: out of luck");
        CHECK(chain.journal.count(journal::Step::Hook, "failed") == 1);
        CHECK(chain.fake.metrics.counter("postrider_hook_faults", "", {"hook", "one"}).value() ==
              1);
    }
}

TEST_CASE("a refusal with a reply that is no refusal is a fault") {
    Chain chain;
    chain.first.mail = [] { return refusal(250, 2); };
    chain.connect();
    CHECK(refusedWith(chain.mail()) == 451);
    CHECK(chain.fake.log.contains("no refusal"));
}

TEST_CASE("a late answer counts, but after three a hook is not called any more") {
    Chain chain;
    chain.first.mail = [&]() -> mail::Verdict {
        chain.fake.clock.advance(std::chrono::seconds{11});
        return mail::Proceed{};
    };
    chain.connect();
    for (int i = 0; i < 3; ++i)
        CHECK(isProceed(chain.mail()));
    CHECK(chain.fake.log.count("hook-late") == 3);
    CHECK(chain.fake.log.count("hook-bypassed") == 1);
    CHECK(chain.fake.metrics.counter("postrider_hook_overruns", "", {"hook", "one"}).value() == 3);

    const auto calls = chain.first.calls.size();
    CHECK(refusedWith(chain.mail()) == 451);
    CHECK(chain.first.calls.size() == calls);
    // Other sessions neither.
    const auto other = chain.chain->admit(chain.journal);
    CHECK(refusedWith(other->onConnect(chain.facts)) == 451);
    CHECK(chain.journal.count(journal::Step::Hook, "failed") == 2);
    CHECK(chain.first.calls.size() == calls);
}

TEST_CASE(
    "an answer in time is not late, nor is that of a hook that ended its work at its timeout") {
    Chain chain;
    chain.first.mail = [&]() -> mail::Verdict {
        chain.fake.clock.advance(std::chrono::seconds{10});
        return mail::Proceed{};
    };
    chain.connect();
    for (int i = 0; i < 5; ++i)
        CHECK(isProceed(chain.mail()));
    CHECK(chain.fake.log.lines().empty());
}

TEST_CASE("the edits of all hooks come together, in order") {
    Chain chain;
    chain.first.message = [] {
        return mail::MessageVerdict{mail::Proceed{}, {mail::PrependHeader{"X-One", "1"}}};
    };
    chain.second.message = [] {
        return mail::MessageVerdict{mail::Proceed{}, {mail::RemoveHeader{"X-Two", 0}}};
    };
    chain.connect();
    const auto verdict = chain.message();
    CHECK(isProceed(verdict.verdict));
    REQUIRE(verdict.edits.size() == 2);
    CHECK(std::holds_alternative<mail::PrependHeader>(verdict.edits[0]));
    CHECK(std::holds_alternative<mail::RemoveHeader>(verdict.edits[1]));
}

TEST_CASE("no edit is made when one hook refuses, or wants what cannot be made") {
    Chain chain;
    chain.first.message = [] {
        return mail::MessageVerdict{mail::Proceed{}, {mail::PrependHeader{"X-One", "1"}}};
    };
    SUBCASE("refuses") {
        chain.second.message = [] { return mail::MessageVerdict{refusal(554, 5), {}}; };
        chain.connect();
        const auto verdict = chain.message();
        CHECK(refusedWith(verdict.verdict) == 554);
        CHECK(verdict.edits.empty());
    }
    SUBCASE("a field name with a line end in it") {
        chain.second.message = [] {
            return mail::MessageVerdict{mail::Proceed{}, {mail::PrependHeader{"X:\r\nY", "1"}}};
        };
        chain.connect();
        const auto verdict = chain.message();
        CHECK(refusedWith(verdict.verdict) == 451);
        CHECK(verdict.edits.empty());
    }
}

TEST_CASE("hooks hear of reset, queued and the end of the session") {
    Chain chain;
    chain.connect();
    chain.gatekeeper->onReset();
    chain.gatekeeper->onQueued(*mail::QueueId::parse("0123456789abcd"));
    chain.gatekeeper.reset();
    CHECK(chain.first.reports ==
          std::vector<std::string>{"reset", "queued 0123456789abcd", "disconnected"});
}

TEST_CASE("the options of a hook instance are checked, and those of the host are its own") {
    test::FakeHost fake;
    pluginhost::PluginCatalog catalog{POSTRIDER_FIXTURES};
    config::InstanceConfig hook{"calm", "quiet", "postrider.properties:3", {}};
    hook.options["timeout"] = {"10s", "postrider.properties:4"};
    hook.options["on_error"] = {"accept", "postrider.properties:5"};
    CHECK(HookChain::create({hook}, catalog, fake.host(), "/etc"));

    hook.options["on_error"].text = "maybe";
    hook.options["colour"] = {"blue", "postrider.properties:6"};
    const auto refused = HookChain::create({hook, hook}, catalog, fake.host(), "/etc");
    REQUIRE_FALSE(refused);
    REQUIRE(refused.error().size() == 3);
    CHECK(refused.error()[0] ==
          "postrider.properties:5: hook.calm.on_error is 'maybe', expected defer or accept");
    CHECK(refused.error()[1] ==
          "postrider.properties:6: hook.calm.colour: the plugin 'quiet' has no such option");
    CHECK(refused.error()[2] ==
          "postrider.properties:3: hook.calm.plugin: there is another hook of this name");
}
