#include "plugins/hooks/milter/milter_hook.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_host.h"
#include "tests/unit/plugins/milter/scripted_milter.h"

#include <doctest/doctest.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace postrider;
using namespace std::string_literals;
using hooks::milter::compose;
using hooks::milter::composeNumber;
using test::ScriptedMilter;
namespace action = hooks::milter::action;
namespace step = hooks::milter::step;

namespace {

/// A session of one client with a hook that asks `socket`.
struct Client {
    test::FakeHost fake;
    std::unique_ptr<plugin::Hook> hook;
    std::unique_ptr<plugin::HookSession> session;
    mail::Verdict admitted;
    mail::SessionFacts facts{.id = "0session000001",
                             .client = {IpAddress::v4({192, 0, 2, 7}), 4321},
                             .tls = std::nullopt,
                             .ehlo = mail::EhloName::from("client.example"),
                             .user = std::nullopt};
    mail::Envelope envelope{
        test::reversePath("alice@sender.test"), {}, {{test::forwardPath("bob@example.test"), {}}}};
    std::string octets = "Subject: hello\r\n there\r\nTo:bob\r\n\r\nbody\r\n";

    explicit Client(const std::string& socket, const std::string& timeout = "60s") {
        const plugin::Settings settings{
            "hook.m", {{"socket", {socket, ""}}, {"timeout", {timeout, ""}}}, "/etc"};
        hook = hooks::MilterFactory{}.create(settings, fake.host());
        auto admission = hook->onConnect(facts);
        admitted = std::move(admission.verdict);
        session = std::move(admission.session);
    }

    mail::Verdict sayMail() {
        return session->onMail(facts, envelope.reversePath, envelope.parameters);
    }
    mail::Verdict sayRcpt() { return session->onRcpt(facts, envelope.recipients[0].path, {}); }
    mail::MessageVerdict sayMessage() {
        const auto content = mail::MessageContent::fromMemory(octets);
        return session->onMessage({facts, envelope, {}, content});
    }
    mail::MessageVerdict sayAll() {
        CHECK(std::holds_alternative<mail::Proceed>(sayMail()));
        CHECK(std::holds_alternative<mail::Proceed>(sayRcpt()));
        return sayMessage();
    }
};

template <class T>
bool is(const mail::Verdict& verdict) {
    return std::holds_alternative<T>(verdict);
}
int codeOf(const mail::Verdict& verdict) {
    if (const auto* refuse = std::get_if<mail::Refuse>(&verdict)) return refuse->reply.code;
    if (const auto* closed = std::get_if<mail::Disconnect>(&verdict)) return closed->reply.code;
    return 0;
}

}  // namespace

TEST_CASE("a milter is told everything, in the order of the session") {
    ScriptedMilter milter{{ScriptedMilter::agreeable()}};
    {
        Client client{milter.address()};
        const auto answer = client.sayAll();
        CHECK(is<mail::Proceed>(answer.verdict));
        CHECK(answer.edits.empty());
    }
    CHECK(milter.commands() == "OCHMRTLLNBEQ");
    CHECK(milter.data('C') ==
          "[192.0.2.7]\0"
          "4\x10\xe1"
          "192.0.2.7\0"s);
    CHECK(milter.data('H') == "client.example\0"s);
    CHECK(milter.data('M') == "<alice@sender.test>\0"s);
    CHECK(milter.data('R') == "<bob@example.test>\0"s);
    CHECK(milter.data('L') == "Subject\0hello\n there\0"s);
    CHECK(milter.data('B') == "body\r\n");
}

TEST_CASE("what a milter does not want is not said, what it does not answer is not waited for") {
    SUBCASE("not said") {
        const auto quiet = step::noConnect | step::noHelo | step::noMail | step::noRecipient |
                           step::noData | step::noHeader | step::noEndOfHeader | step::noBody;
        ScriptedMilter milter{{ScriptedMilter::agreeable(0, quiet)}};
        { CHECK(is<mail::Proceed>(Client{milter.address()}.sayAll().verdict)); }
        CHECK(milter.commands() == "OEQ");
    }
    SUBCASE("not answered") {
        const auto silent = step::silentConnect | step::silentHelo | step::silentMail |
                            step::silentRecipient | step::silentData | step::silentHeader |
                            step::silentEndOfHeader | step::silentBody | step::leadingSpace;
        auto script = ScriptedMilter::agreeable(0, silent);
        for (const char letter : {'C', 'H', 'M', 'R', 'T', 'L', 'N', 'B'})
            script.erase(letter);
        ScriptedMilter milter{{script}};
        { CHECK(is<mail::Proceed>(Client{milter.address()}.sayAll().verdict)); }
        CHECK(milter.commands() == "OCHMRTLLNBEQ");
        CHECK(milter.data('L') == "Subject\0 hello\n there\0"s);
    }
}

TEST_CASE("a milter of version 2 is spoken to as sendmail did then") {
    auto script = ScriptedMilter::agreeable(action::addFields, 0, 2);
    script['E'] = compose('h', "X-A\0one\0"s) + compose('c', "");
    ScriptedMilter milter{{script}};
    {
        Client client{milter.address()};
        CHECK(client.sayAll().edits.size() == 1);
        CHECK(client.sayAll().edits.size() == 1);
    }
    CHECK(milter.commands() == "OCHMRLLNBEMRLLNBEQ");
}

TEST_CASE("a body goes in pieces, and a milter may skip the rest of it") {
    auto script = ScriptedMilter::agreeable();
    std::string commands = "OCHMRTLLNBBEQ";
    SUBCASE("all of it") {}
    SUBCASE("skipped") {
        script['B'] = compose('s', "");
        commands = "OCHMRTLLNBEQ";
    }
    ScriptedMilter milter{{script}};
    {
        Client client{milter.address()};
        client.octets += std::string(65'535, 'x');
        CHECK(is<mail::Proceed>(client.sayAll().verdict));
    }
    CHECK(milter.commands() == commands);
    CHECK(milter.data('B').size() == 65'535);
}

TEST_CASE("every answer has its meaning at every step") {
    struct Case {
        char at;
        std::string answer;
        int code;
    };
    const Case cases[] = {
        {'M', compose('r', ""), 550},
        {'M', compose('t', ""), 451},
        {'R', compose('r', ""), 550},
        {'R', compose('y', "452 4.5.3 enough\0"s), 452},
        {'E', compose('t', ""), 451},
        {'E', compose('r', ""), 550},
        {'L', compose('y', "554 5.6.0 such a header\0"s), 554},
        {'B', compose('y', "554 5.6.0 such a body\0"s), 554},
        {'N', compose('4', ""), 421},
        {'T', compose('y', "421 4.3.2 going down\0"s), 421},
        {'M', compose('p', "") + compose('p', "") + compose('r', ""), 550},
    };
    for (const Case& c : cases) {
        CAPTURE(c.at);
        CAPTURE(c.answer);
        auto script = ScriptedMilter::agreeable();
        script[c.at] = c.answer;
        ScriptedMilter milter{{script}};
        Client client{milter.address()};
        mail::Verdict verdict = client.sayMail();
        if (is<mail::Proceed>(verdict)) verdict = client.sayRcpt();
        if (is<mail::Proceed>(verdict)) verdict = client.sayMessage().verdict;
        CHECK(codeOf(verdict) == c.code);
    }
}

TEST_CASE("a client can be refused before it says a word") {
    auto script = ScriptedMilter::agreeable();
    script['C'] = compose('r', "");
    ScriptedMilter milter{{script}};
    CHECK(codeOf(Client{milter.address()}.admitted) == 550);
}

TEST_CASE("who accepts a session hears no more of it, who accepts a message of the next one") {
    auto script = ScriptedMilter::agreeable();
    std::string commands = "OCHQ";
    SUBCASE("session") {
        script['H'] = compose('a', "");
    }
    SUBCASE("session, and hangs up") {
        script['H'] = compose('a', "") + "hang up";
        commands = "OCH";
    }
    SUBCASE("message") {
        script['M'] = compose('a', "");
        commands = "OCHMMQ";
    }
    ScriptedMilter milter{{script}};
    {
        Client client{milter.address()};
        CHECK(is<mail::Proceed>(client.sayAll().verdict));
        CHECK(is<mail::Proceed>(client.sayAll().verdict));
    }
    CHECK(milter.commands() == commands);
}

TEST_CASE("a transaction without an end is aborted before the next, one that ended is not") {
    ScriptedMilter milter{{ScriptedMilter::agreeable()}};
    {
        Client client{milter.address()};
        CHECK(is<mail::Proceed>(client.sayMail()));
        CHECK(is<mail::Proceed>(client.sayAll().verdict));
        CHECK(is<mail::Proceed>(client.sayMail()));
    }
    CHECK(milter.commands() == "OCHMAMRTLLNBEMQ");
}

TEST_CASE("a milter can make a message vanish") {
    auto script = ScriptedMilter::agreeable();
    script['E'] = compose('d', "");
    ScriptedMilter milter{{script}};
    CHECK(is<mail::Discard>(Client{milter.address()}.sayAll().verdict));
}

TEST_CASE("all changes of a message come together, with the body in one piece") {
    auto script = ScriptedMilter::agreeable();
    script['E'] = compose('b', "new ") + compose('i', composeNumber(1) + "X-A\0one\0"s) +
                  compose('m', composeNumber(1) + "Subject\0other\0"s) + compose('b', "body\r\n") +
                  compose('+', "<carol@example.test>\0"s) + compose('-', "<bob@example.test>\0"s) +
                  compose('e', "<new@sender.test>\0"s) + compose('q', "odd\0"s) + compose('p', "");
    SUBCASE("continue") {
        script['E'] += compose('c', "");
    }
    SUBCASE("accept") {
        script['E'] += compose('a', "");
    }
    ScriptedMilter milter{{script}};
    const auto answer = Client{milter.address()}.sayAll();
    CHECK(is<mail::Proceed>(answer.verdict));
    REQUIRE(answer.edits.size() == 7);
    CHECK(std::get<mail::ReplaceBody>(answer.edits[0]).octets == "new body\r\n");
    CHECK(std::get<mail::PrependHeader>(answer.edits[1]).name == "X-A");
    CHECK(std::get<mail::ChangeHeader>(answer.edits[2]).value == "other");
    CHECK(std::get<mail::Quarantine>(answer.edits[6]).reason == "odd");
}

TEST_CASE("changes in front of a refusal are not made") {
    auto script = ScriptedMilter::agreeable();
    script['E'] = compose('h', "X-A\0one\0"s) + compose('r', "");
    ScriptedMilter milter{{script}};
    const auto answer = Client{milter.address()}.sayAll();
    CHECK(codeOf(answer.verdict) == 550);
    CHECK(answer.edits.empty());
}

TEST_CASE("nonsense, silence or the end of the connection fail this transaction and no other") {
    struct Case {
        const char* name;
        char at;
        std::string answer;
        std::uint32_t actions = action::all;
        const char* timeout = "60s";
    };
    const Case cases[] = {
        {"unknown answer", 'R', compose('z', "")},
        {"malformed reply", 'R', compose('y', "yes\0"s)},
        {"packet of nothing", 'R', composeNumber(0)},
        {"packet too large", 'R', composeNumber(0x7fffffff) + "c"},
        {"no packet", 'R', "HTTP/1.1 200 OK\r\n\r\n"},
        {"a change too early", 'R', compose('h', "X\0y\0"s)},
        {"skip at the wrong place", 'R', compose('s', "")},
        {"hangs up", 'R', "hang up"},
        {"hangs up at the end", 'E', "hang up"},
        {"a change, then silence", 'E', compose('h', "X\0y\0"s) + "\0\0"s, action::all, "3s"},
        {"a change not agreed on", 'E', compose('b', "x") + compose('c', ""), action::addFields},
        {"no recipients agreed on", 'E', compose('+', "<a@b.test>\0"s) + compose('c', ""),
         action::addFields},
        {"half a packet", 'R', "\0\0\0"s, action::all, "3s"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        auto script = ScriptedMilter::agreeable(c.actions);
        script[c.at] = c.answer;
        ScriptedMilter milter{{script, ScriptedMilter::agreeable()}};
        {
            Client client{milter.address(), c.timeout};
            CHECK(is<mail::Proceed>(client.sayMail()));
            if (c.at == 'R') {
                CHECK_THROWS_AS(client.sayRcpt(), std::runtime_error);
                CHECK_THROWS_AS(client.sayMessage(), std::runtime_error);
            } else {
                CHECK(is<mail::Proceed>(client.sayRcpt()));
                CHECK_THROWS_AS(client.sayMessage(), std::runtime_error);
            }
            CHECK(is<mail::Proceed>(client.sayAll().verdict));
        }
        CHECK(milter.commands().ends_with("OCHMRTLLNBEQ"));
    }
}

TEST_CASE("a new body has a limit") {
    auto script = ScriptedMilter::agreeable();
    script['E'].clear();
    for (int i = 0; i < 300; ++i)
        script['E'] += compose('b', std::string(60'000, 'x'));
    ScriptedMilter milter{{script}};
    CHECK_THROWS_WITH_AS(Client{milter.address()}.sayAll(),
                         doctest::Contains("a new body of more than 16 MiB"), std::runtime_error);
}

TEST_CASE("a milter that was restarted since costs no message") {
    auto first = ScriptedMilter::agreeable();
    first['M'] = "hang up";
    ScriptedMilter milter{{first, ScriptedMilter::agreeable()}};
    { CHECK(is<mail::Proceed>(Client{milter.address()}.sayAll().verdict)); }
    CHECK(milter.commands() == "OCHMOCHMRTLLNBEQ");
}

TEST_CASE("a milter that was restarted since and answers nothing before the end costs no message") {
    const auto silent = step::silentConnect | step::silentHelo | step::silentMail |
                        step::silentRecipient | step::silentData | step::silentHeader |
                        step::silentEndOfHeader | step::silentBody;
    auto script = ScriptedMilter::agreeable(action::all, silent);
    for (const char letter : {'C', 'H', 'M', 'R', 'T', 'L', 'N', 'B'})
        script.erase(letter);
    auto first = script;
    first['E'] += "hang up";
    ScriptedMilter milter{{first, script}};
    {
        Client client{milter.address()};
        CHECK(is<mail::Proceed>(client.sayAll().verdict));
        milter.waitForHangUp();
        CHECK(is<mail::Proceed>(client.sayAll().verdict));
    }
    CHECK(milter.commands() == "OCHMRTLLNBEOCHMRTLLNBEQ");
}

TEST_CASE("without a milter the session begins, and its mail fails") {
    test::TempDir folder;
    Client client{"unix:" + (folder / "nobody").string()};
    CHECK(is<mail::Proceed>(client.admitted));
    CHECK(client.fake.log.contains("milter-missing"));
    CHECK(is<mail::Proceed>(client.session->onEhlo(client.facts)));
    CHECK_THROWS_AS(client.sayMail(), std::runtime_error);
}

TEST_CASE("sockets are named as sendmail, postfix and our other options name them") {
    test::FakeHost fake;
    const auto make = [&](const std::string& socket) {
        const plugin::Settings settings{"hook.m", {{"socket", {socket, "p:1"}}}, "/etc"};
        return hooks::MilterFactory{}.create(settings, fake.host());
    };
    for (const std::string text : {"unix:/run/x", "local:/run/x", "/run/x", "inet:127.0.0.1:8891",
                                   "inet:8891@localhost", "localhost:8891", "inet:[::1]:8891"}) {
        CAPTURE(text);
        CHECK(make(text) != nullptr);
    }
    for (const std::string text : {"unix:run/x", "8891", "inet:8891@", "x@y"}) {
        CAPTURE(text);
        CHECK_THROWS_WITH_AS(make(text), "p:1: hook.m.socket must be unix:/path or inet:host:port",
                             plugin::ConfigError);
    }
}
