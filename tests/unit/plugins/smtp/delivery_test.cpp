#include "plugins/couriers/smtp/delivery.h"

#include "tests/support/fake_host.h"
#include "tests/support/request_builder.h"
#include "tests/support/scripted_peer.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_certificate.h"

#include <algorithm>
#include <chrono>
#include <doctest/doctest.h>
#include <string>
#include <thread>
#include <vector>

using namespace postrider;
using couriers::Delivery;
using plugin::Disposition;
using test::ScriptedPeer;
using test::Turn;
using Then = Turn::Then;

namespace {

constexpr std::chrono::seconds patience{20};

/// A greeting, the answer to EHLO, and what follows.
std::vector<Turn> dialogue(const std::vector<Turn>& rest,
                           const std::string& ehlo = "250-mx.b.example\r\n250 8BITMIME") {
    std::vector<Turn> all{{"", "220 mx.b.example ESMTP"}, {"EHLO mx.example.org\r\n", ehlo}};
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
}

const std::vector<Turn> accepted{{"MAIL", "250 ok"},
                                 {"RCPT", "250 ok"},
                                 {"DATA", "354 go"},
                                 {".", "250 2.0.0 taken"},
                                 {"QUIT", "221 bye"}};

/// A delivery to one recipient, unless others are added before it begins.
struct Attempt {
    test::FakeHost fake;
    test::RequestBuilder builder;
    plugin::Host host = fake.host();

    std::vector<plugin::DeliveryOutcome> through(const std::vector<Endpoint>& peers,
                                                 const std::vector<std::string>& to = {
                                                     "bob@b.example"}) {
        for (const auto& address : to)
            builder.to(address);
        builder.deadline(steadyNow() + patience);
        const auto request = builder.build();
        Delivery delivery{request, host};
        for (const auto& peer : peers) {
            if (delivery.finished()) break;
            delivery.attempt({peer, "mx.b.example"});
        }
        return std::move(delivery).outcomes();
    }
};

std::string said(const plugin::DeliveryOutcome& outcome) {
    switch (outcome.disposition) {
        case Disposition::Delivered:
            return "Delivered " + outcome.status.toString();
        case Disposition::Transient:
            return "Transient " + outcome.status.toString();
        case Disposition::Permanent:
            return "Permanent " + outcome.status.toString();
    }
    return "";
}

bool seen(const plugin::DeliveryOutcome& outcome, const std::string& key, const std::string& part) {
    return std::any_of(outcome.evidence.begin(), outcome.evidence.end(), [&](const auto& entry) {
        return entry.first == key && entry.second.find(part) != std::string::npos;
    });
}

Endpoint nobody() {
    test::LoopbackListener listener;
    const auto endpoint = listener.endpoint();
    listener.close();
    return endpoint;
}

}  // namespace

TEST_CASE("a message is delivered, and who took it is written down") {
    ScriptedPeer peer{dialogue(accepted)};
    Attempt attempt;
    const auto outcomes = attempt.through({peer.endpoint()});
    CHECK(said(outcomes[0]) == "Delivered 2.0.0");
    CHECK(outcomes[0].remoteMta == "mx.b.example");
    CHECK(outcomes[0].diagnostic == "250 2.0.0 taken");
    CHECK(seen(outcomes[0], "target", "mx.b.example 127.0.0.1:"));
    CHECK(seen(outcomes[0], "tls", "none, not offered"));
    CHECK(seen(outcomes[0], "reply", "taken"));
    CHECK(peer.problem() == "");
    CHECK(peer.content() == "Subject: test\r\n\r\nhello\r\n.\r\n");
}

TEST_CASE("4yz is kept and 5yz is final, at each step (C-008, RFC 5321 4.2.1)") {
    struct Case {
        std::string step;
        std::vector<Turn> script;
        std::string later;
        std::string never;
    };
    // %d stands for 4 or 5.
    const std::vector<Case> cases{
        {"greeting", {{"", "%d54 no"}}, "Transient 4.0.0", "Permanent 5.0.0"},
        {"MAIL", dialogue({{"MAIL", "%d50 %d.7.1 no"}}), "Transient 4.7.1", "Permanent 5.7.1"},
        {"RCPT", dialogue({{"MAIL", "250 ok"}, {"RCPT", "%d50 %d.1.1 no"}}), "Transient 4.1.1",
         "Permanent 5.1.1"},
        {"DATA", dialogue({{"MAIL", "250 ok"}, {"RCPT", "250 ok"}, {"DATA", "%d54 no"}}),
         "Transient 4.0.0", "Permanent 5.0.0"},
        {"content",
         dialogue(
             {{"MAIL", "250 ok"}, {"RCPT", "250 ok"}, {"DATA", "354 go"}, {".", "%d54 %d.6.0 no"}}),
         "Transient 4.6.0", "Permanent 5.6.0"},
    };
    for (const auto& c : cases) {
        for (const char digit : {'4', '5'}) {
            CAPTURE(c.step);
            CAPTURE(digit);
            auto script = c.script;
            for (auto& turn : script) {
                for (auto at = turn.reply.find("%d"); at != std::string::npos;
                     at = turn.reply.find("%d")) {
                    turn.reply.replace(at, 2, 1, digit);
                }
            }
            ScriptedPeer peer{script};
            Attempt attempt;
            CHECK(said(attempt.through({peer.endpoint()})[0]) ==
                  (digit == '4' ? c.later : c.never));
        }
    }
}

TEST_CASE("odd replies are temporary (C-009)") {
    for (const std::string reply : {"999 what", "100 hm", "hello", "2500 ok", "350 more"}) {
        CAPTURE(reply);
        ScriptedPeer peer{dialogue({{"MAIL", "250 ok"}, {"RCPT", reply, Then::Close}})};
        Attempt attempt;
        CHECK(attempt.through({peer.endpoint()})[0].disposition == Disposition::Transient);
    }
}

TEST_CASE("after 4yz, a refused greeting or a dead host the next target is tried") {
    ScriptedPeer refuses{std::vector<Turn>{{"", "554 not here"}}};
    ScriptedPeer busy{dialogue({{"MAIL", "450 4.3.2 busy"}})};
    ScriptedPeer takes{dialogue(accepted)};
    Attempt attempt;
    const auto outcomes =
        attempt.through({nobody(), refuses.endpoint(), busy.endpoint(), takes.endpoint()});
    CHECK(said(outcomes[0]) == "Delivered 2.0.0");
    CHECK(seen(outcomes[0], "problem", "Connection refused"));
    CHECK(seen(outcomes[0], "problem", "554 not here"));
}

TEST_CASE("a 5yz to the recipient ends the search; nobody else is asked") {
    ScriptedPeer never{dialogue({{"MAIL", "250 ok"}, {"RCPT", "550 5.1.1 unknown"}})};
    ScriptedPeer takes{dialogue(accepted)};
    Attempt attempt;
    CHECK(said(attempt.through({never.endpoint(), takes.endpoint()})[0]) == "Permanent 5.1.1");
    // The second peer waits for a connection that must not come; this one sets it free.
    Attempt other;
    CHECK(said(other.through({takes.endpoint()})[0]) == "Delivered 2.0.0");
}

TEST_CASE("a target that may work later outweighs one that never will") {
    ScriptedPeer first{std::vector<Turn>{{"", "421 4.3.2 later"}}};
    ScriptedPeer second{std::vector<Turn>{{"", "554 never"}}};
    Attempt attempt;
    CHECK(said(attempt.through({first.endpoint(), second.endpoint()})[0]) == "Transient 4.3.2");
}

TEST_CASE("each recipient gets his own answer, and only those without one go on") {
    ScriptedPeer first{dialogue({{"MAIL", "250 ok"},
                                 {"RCPT TO:<a@", "250 ok"},
                                 {"RCPT TO:<b@", "550 5.1.1 unknown"},
                                 {"RCPT TO:<c@", "450 4.2.1 busy"},
                                 {"DATA", "354 go"},
                                 {".", "250 taken"},
                                 {"QUIT", "221 bye"}})};
    ScriptedPeer second{dialogue({{"MAIL", "250 ok"},
                                  {"RCPT TO:<c@", "250 ok"},
                                  {"DATA", "354 go"},
                                  {".", "250 taken"},
                                  {"QUIT", "221 bye"}})};
    Attempt attempt;
    const auto outcomes = attempt.through({first.endpoint(), second.endpoint()},
                                          {"a@b.example", "b@b.example", "c@b.example"});
    REQUIRE(outcomes.size() == 3);
    CHECK(said(outcomes[0]) == "Delivered 2.0.0");
    CHECK(said(outcomes[1]) == "Permanent 5.1.1");
    CHECK(said(outcomes[2]) == "Delivered 2.0.0");
    CHECK(first.problem() == "");
    CHECK(second.problem() == "");
}

TEST_CASE(
    "recipients over the peer's limit follow in another transaction (C-010, RFC 5321 4.5.3.1.10)") {
    for (const std::string limit : {"452 4.5.3 too many", "552 too many"}) {
        CAPTURE(limit);
        ScriptedPeer peer{dialogue({{"MAIL", "250 ok"},
                                    {"RCPT TO:<a@", "250 ok"},
                                    {"RCPT TO:<b@", limit},
                                    {"DATA", "354 go"},
                                    {".", "250 taken"},
                                    {"MAIL", "250 ok"},
                                    {"RCPT TO:<b@", "250 ok"},
                                    {"DATA", "354 go"},
                                    {".", "250 taken"},
                                    {"QUIT", "221 bye"}})};
        Attempt attempt;
        const auto outcomes = attempt.through({peer.endpoint()}, {"a@b.example", "b@b.example"});
        CHECK(said(outcomes[0]) == "Delivered 2.0.0");
        CHECK(said(outcomes[1]) == "Delivered 2.0.0");
        CHECK(peer.problem() == "");
    }
}

TEST_CASE("a full mailbox is not a limit of the transaction") {
    ScriptedPeer peer{dialogue({{"MAIL", "250 ok"},
                                {"RCPT TO:<a@", "250 ok"},
                                {"RCPT TO:<b@", "552 5.2.2 mailbox full"},
                                {"DATA", "354 go"},
                                {".", "250 taken"},
                                {"QUIT", "221 bye"}})};
    Attempt attempt;
    const auto outcomes = attempt.through({peer.endpoint()}, {"a@b.example", "b@b.example"});
    CHECK(said(outcomes[1]) == "Permanent 5.2.2");
}

TEST_CASE("after the content was sent without an answer nobody else is asked") {
    ScriptedPeer silent{dialogue(
        {{"MAIL", "250 ok"}, {"RCPT", "250 ok"}, {"DATA", "354 go"}, {".", "", Then::Close}})};
    ScriptedPeer takes{dialogue(accepted)};
    Attempt attempt;
    CHECK(said(attempt.through({silent.endpoint(), takes.endpoint()})[0]) == "Transient 4.4.2");
    Attempt other;
    CHECK(said(other.through({takes.endpoint()})[0]) == "Delivered 2.0.0");
}

TEST_CASE("a greeting with our own name is a loop (C-004)") {
    ScriptedPeer self{{{"", "220 MX.Example.ORG ESMTP"}, {"EHLO", "250 hello me"}}};
    Attempt attempt;
    CHECK(said(attempt.through({self.endpoint()})[0]) == "Permanent 5.4.6");
}

TEST_CASE("a message over the announced size is not sent (RFC 1870 6.1)") {
    ScriptedPeer peer{dialogue({{"QUIT", "221 bye"}}, "250-mx.b.example\r\n250 SIZE 10")};
    Attempt attempt;
    CHECK(said(attempt.through({peer.endpoint()})[0]) == "Permanent 5.3.4");
    CHECK(peer.problem() == "");
    ScriptedPeer unlimited{dialogue(accepted, "250-mx.b.example\r\n250 SIZE 0")};
    Attempt other;
    CHECK(said(other.through({unlimited.endpoint()})[0]) == "Delivered 2.0.0");
}

TEST_CASE("an address that needs SMTPUTF8 is not sent to a host without it (RFC 6531 3.2, I-005)") {
    ScriptedPeer peer{dialogue({{"QUIT", "221 bye"}})};
    Attempt attempt;
    CHECK(said(attempt.through({peer.endpoint()}, {"jos\xc3\xa9@b.example"})[0]) ==
          "Permanent 5.6.7");
}

TEST_CASE("TLS is used where it is offered, whatever the certificate, and written down") {
    const test::TempDir folder;
    const auto certificate = test::makeCertificate(folder.path(), "mx", {"other.example"});
    auto server = net::TlsServer::create({certificate});
    REQUIRE(server);
    auto client = net::TlsClient::create({});
    REQUIRE(client);
    std::vector<Turn> script{{"", "220 mx.b.example"},
                             {"EHLO", "250-mx.b.example\r\n250 STARTTLS"},
                             {"STARTTLS", "220 go", Then::StartTls},
                             {"EHLO", "250 mx.b.example"}};
    script.insert(script.end(), accepted.begin(), accepted.end());
    ScriptedPeer peer{script, *server};
    test::FakeHost fake;
    const plugin::Host host{"mx.example.org", {},          {},           fake.log,
                            fake.clock,       fake.random, fake.metrics, fake.resolver,
                            **client,         fake.notices};
    test::RequestBuilder builder;
    const auto request = builder.to("bob@b.example").deadline(steadyNow() + patience).build();
    Delivery delivery{request, host};
    delivery.attempt({peer.endpoint(), "mx.b.example"});
    const auto outcomes = std::move(delivery).outcomes();
    CHECK(said(outcomes[0]) == "Delivered 2.0.0");
    CHECK(seen(outcomes[0], "tls", "TLSv1.3 "));
    CHECK(seen(outcomes[0], "tls", "unverified"));
    CHECK(peer.problem() == "");
}

TEST_CASE(
    "what DSN asks is passed on to a host that offers it, and the outcome says who reports (RFC "
    "3461 "
    "5.2.1, 5.2.2; D-005, D-006)") {
    using mail::NotifyOn;
    for (const bool offered : {true, false}) {
        CAPTURE(offered);
        const std::string ending =
            offered ? " NOTIFY=SUCCESS ORCPT=rfc822;Bob@list.example\r\n" : "\r\n";
        ScriptedPeer peer{
            dialogue({{offered ? "MAIL FROM:<sender@example.net> RET=HDRS ENVID=E1\r\n"
                               : "MAIL FROM:<sender@example.net>\r\n",
                       "250 ok"},
                      {"RCPT TO:<bob@b.example>" + ending, "250 ok"},
                      {"DATA", "354 go"},
                      {".", "250 taken"},
                      {"QUIT", "221 bye"}},
                     offered ? "250-mx.b.example\r\n250 DSN" : "250 mx.b.example")};
        Attempt attempt;
        mail::MailParameters parameters;
        parameters.ret = mail::Ret::Headers;
        parameters.envid = "E1";
        attempt.builder.parameters(parameters)
            .to("bob@b.example")
            .asking({{{NotifyOn::Success}}, {{"rfc822", "Bob@list.example"}}});
        const auto outcomes = attempt.through({peer.endpoint()}, {});
        CHECK(said(outcomes[0]) == "Delivered 2.0.0");
        CHECK((outcomes[0].reach ==
               (offered ? plugin::Reach::RelayedWithDsn : plugin::Reach::Relayed)));
        CHECK(peer.problem() == "");
    }
}

TEST_CASE(
    "under REQUIRETLS only a host that proves its name and offers the extension gets the message "
    "(RFC 8689 4.2.1)") {
    const test::TempDir folder;
    const auto certificate = test::makeCertificate(folder.path(), "mx", {"mx.b.example"});
    const auto server = net::TlsServer::create({certificate}).value();
    const auto trusting = std::move(net::TlsClient::create(certificate.chain).value());
    const auto strict = std::move(net::TlsClient::create({}).value());
    struct Case {
        const char* name;
        std::string host;
        net::TlsClient& tls;
        bool starttls;
        bool extension;
        std::string outcome;
        std::string why;
    };
    const std::string hop = "mx.b.example";
    const Case cases[] = {
        {"all of it", hop, *trusting, true, true, "Delivered 2.0.0", ""},
        {"no extension", hop, *trusting, true, false, "Permanent 5.7.30",
         "does not offer REQUIRETLS"},
        {"another name", "mx.c.example", *trusting, true, true, "Permanent 5.7.30", "not for"},
        {"no trusted chain", hop, *strict, true, true, "Permanent 5.7.30", "cannot prove its name"},
        {"clear text", hop, *trusting, false, true, "Permanent 5.7.30", "offers no TLS"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string ehlo =
            c.extension ? "250-mx.b.example\r\n250 REQUIRETLS" : "250 mx.b.example";
        std::vector<Turn> script{{"", "220 mx.b.example"}};
        if (c.starttls) {
            script.push_back({"EHLO", "250-mx.b.example\r\n250 STARTTLS"});
            script.push_back({"STARTTLS", "220 go", Then::StartTls});
        }
        script.push_back({"EHLO", ehlo});
        if (c.why.empty()) {
            script.push_back({"MAIL FROM:<sender@example.net> REQUIRETLS\r\n", "250 ok"});
            script.insert(script.end(), accepted.begin() + 1, accepted.end());
        } else {
            script.push_back({"QUIT", "221 bye"});
        }
        ScriptedPeer peer{script, server};
        test::FakeHost fake;
        const plugin::Host host{
            "mx.example.org", {},    {},          fake.log, fake.clock, fake.random, fake.metrics,
            fake.resolver,    c.tls, fake.notices};
        mail::MailParameters parameters;
        parameters.requireTls = true;
        test::RequestBuilder builder;
        const auto request = builder.to("bob@b.example")
                                 .parameters(parameters)
                                 .deadline(steadyNow() + patience)
                                 .build();
        Delivery delivery{request, host};
        delivery.attempt({peer.endpoint(), c.host});
        const auto outcomes = std::move(delivery).outcomes();
        CHECK(said(outcomes[0]) == c.outcome);
        CHECK(outcomes[0].diagnostic.find(c.why) != std::string::npos);
        CHECK(peer.problem() == "");
    }
}

TEST_CASE("under REQUIRETLS a handshake that fails means later, and no second try in clear text") {
    ScriptedPeer peer{
        dialogue({{"STARTTLS", "220 go", Then::Close}}, "250-mx.b.example\r\n250 STARTTLS")};
    Attempt attempt;
    mail::MailParameters parameters;
    parameters.requireTls = true;
    attempt.builder.parameters(parameters);
    const auto outcomes = attempt.through({peer.endpoint()});
    CHECK(said(outcomes[0]) == "Transient 4.7.5");
    CHECK_FALSE(seen(outcomes[0], "tls", "none, after it failed"));
}

namespace {

/// A host whose handshake fails, and which answers MAIL in clear text with `answer`: the client's
/// lines of the second connection are added to `second`.
std::jthread failingTls(const test::LoopbackListener& listener, std::string& second,
                        const std::string& answer) {
    return std::jthread{[&listener, &second, answer] {
        const auto deadline = Deadline::after(patience);
        const auto say = [](auto& channel, const std::string& line) {
            static_cast<void>(channel->write(line + "\r\n"));
            static_cast<void>(channel->flush());
        };
        auto channel = listener.accept(deadline);
        if (!channel) return;
        say(channel, "220 mx.b.example");
        static_cast<void>(channel->readLine(1000));
        say(channel, "250-mx.b.example\r\n250 STARTTLS");
        static_cast<void>(channel->readLine(1000));
        say(channel, "220 go");
        channel = listener.accept(deadline);
        if (!channel) return;
        say(channel, "220 mx.b.example");
        for (const std::string& reply : {std::string{"250-mx.b.example\r\n250 STARTTLS"}, answer}) {
            second += channel->readLine(1000).value() + "|";
            say(channel, reply);
        }
        channel->close();
    }};
}

}  // namespace

TEST_CASE("after a handshake that fails the same host gets the message in clear text") {
    const test::LoopbackListener listener;
    std::string second;
    std::jthread server = failingTls(listener, second, "550 5.7.1 enough");
    // The TLS of FakeHost fails in every handshake.
    Attempt attempt;
    const auto outcomes = attempt.through({listener.endpoint()});
    server.join();
    CHECK(said(outcomes[0]) == "Permanent 5.7.1");
    CHECK(second == "EHLO mx.example.org|MAIL FROM:<sender@example.net>|");
    CHECK(seen(outcomes[0], "tls", "failed: TLS handshake: broken by the test"));
    CHECK(seen(outcomes[0], "tls", "none, after it failed"));
}

TEST_CASE(
    "a handshake that fails never makes a bounce, not even where TLS must come first (T-008)") {
    for (const std::string answer :
         {"530 5.7.0 Must issue a STARTTLS command first", "530 no", "554 5.7.10 encrypt it"}) {
        CAPTURE(answer);
        const test::LoopbackListener listener;
        std::string second;
        std::jthread server = failingTls(listener, second, answer);
        Attempt attempt;
        const auto outcomes = attempt.through({listener.endpoint()});
        server.join();
        CHECK(said(outcomes[0]) == "Transient 4.7.5");
        CHECK(outcomes[0].diagnostic == answer);
    }
    ScriptedPeer plain{dialogue({{"MAIL", "530 5.7.0 Must issue a STARTTLS command first"}})};
    Attempt attempt;
    CHECK(said(attempt.through({plain.endpoint()})[0]) == "Permanent 5.7.0");
}

TEST_CASE("only who said something is named as the one who did (RFC 3464 2.3.5, 2.3.6)") {
    ScriptedPeer busy{dialogue({{"MAIL", "450 4.3.2 busy"}})};
    Attempt first;
    auto outcomes = first.through({busy.endpoint(), nobody()});
    CHECK(said(outcomes[0]) == "Transient 4.3.2");  // and not that the other host is dead
    CHECK(outcomes[0].remoteMta == "mx.b.example");

    Attempt second;
    outcomes = second.through({nobody()});
    CHECK(said(outcomes[0]) == "Transient 4.4.1");
    CHECK(outcomes[0].remoteMta == "");

    ScriptedPeer small{dialogue({{"QUIT", "221 bye"}}, "250-mx.b.example\r\n250 SIZE 10")};
    Attempt third;
    CHECK(third.through({small.endpoint()})[0].remoteMta == "");

    ScriptedPeer old{dialogue({{"QUIT", "221 bye"}})};
    Attempt fourth;
    outcomes = fourth.through({old.endpoint()}, {"jos\xc3\xa9@b.example"});
    CHECK(said(outcomes[0]) == "Permanent 5.6.7");
    CHECK(outcomes[0].remoteMta == "");
}

TEST_CASE("a stored lone CR or LF never leaves as one (C-012), dots are stuffed (C-013)") {
    ScriptedPeer peer{dialogue(accepted)};
    Attempt attempt;
    attempt.builder.content(mail::MessageContent::fromMemory("a: b\r\n\r\n.\nx\ry\r\n.z"));
    attempt.through({peer.endpoint()});
    const auto wire = peer.content();
    for (std::size_t i = 0; i < wire.size(); ++i) {
        if (wire[i] == '\n') CHECK((i > 0 && wire[i - 1] == '\r'));
        if (wire[i] == '\r') CHECK((i + 1 < wire.size() && wire[i + 1] == '\n'));
    }
    CHECK(wire.find("\r\n..") != std::string::npos);
    CHECK(wire.ends_with("..z\r\n.\r\n"));
}

TEST_CASE("content that cannot be read is tried later, and what was delivered stays so") {
    ScriptedPeer peer{dialogue({{"QUIT", "221 bye"}})};
    Attempt attempt;
    attempt.builder.content(mail::MessageContent::fromFile("/nonexistent/spool", 10));
    CHECK(said(attempt.through({peer.endpoint()})[0]) == "Transient 4.3.0");
}

TEST_CASE("without time there is no attempt") {
    test::FakeHost fake;
    const auto host = fake.host();
    test::RequestBuilder builder;
    const auto request = builder.to("bob@b.example").deadline(steadyNow()).build();
    Delivery delivery{request, host};
    CHECK(delivery.finished());
    CHECK(said(std::move(delivery).outcomes()[0]) == "Transient 4.4.7");
}
