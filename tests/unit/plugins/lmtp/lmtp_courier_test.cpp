#include "plugins/couriers/lmtp/lmtp_courier.h"

#include "tests/support/fake_host.h"
#include "tests/support/request_builder.h"
#include "tests/support/scripted_peer.h"
#include "tests/support/temp_dir.h"

#include <chrono>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using plugin::Disposition;
using test::ScriptedPeer;
using test::Turn;

namespace {

std::vector<plugin::DeliveryOutcome> deliver(test::FakeHost& fake, const std::string& address) {
    const plugin::Settings settings{
        "courier.local", {{"address", {address, "postrider.properties:2"}}}, "/etc"};
    const auto courier = couriers::LmtpFactory{}.create(settings, fake.host());
    test::RequestBuilder builder;
    builder.to("alice@example.org").to("bob@example.org").to("carol@example.org");
    return courier->deliver(builder.deadline(steadyNow() + std::chrono::seconds{20}).build());
}

std::vector<Turn> dialogue(std::vector<Turn> answers) {
    std::vector<Turn> all{{"", "220 lmtp.example.org ready"},
                          {"LHLO mx.example.org\r\n", "250-lmtp.example.org\r\n250 PIPELINING"},
                          {"MAIL FROM:<sender@example.net>", "250 ok"}};
    all.insert(all.end(), answers.begin(), answers.end());
    return all;
}

}  // namespace

TEST_CASE("every recipient gets the answer that is his (RFC 2033 4.2)") {
    const auto script = dialogue({{"RCPT TO:<alice@example.org>", "250 2.1.5 ok"},
                                  {"RCPT TO:<bob@example.org>", "550 5.1.1 unknown"},
                                  {"RCPT TO:<carol@example.org>", "250 ok"},
                                  {"DATA", "354 go"},
                                  {".", "250 2.0.0 saved\r\n452 4.2.2 mailbox full"},
                                  {"QUIT", "221 bye"}});
    test::FakeHost fake;
    const auto check = [](const std::vector<plugin::DeliveryOutcome>& outcomes) {
        REQUIRE(outcomes.size() == 3);
        CHECK(outcomes[0].disposition == Disposition::Delivered);
        CHECK(outcomes[1].disposition == Disposition::Permanent);
        CHECK(outcomes[1].status.toString() == "5.1.1");
        CHECK(outcomes[2].disposition == Disposition::Transient);
        CHECK(outcomes[2].status.toString() == "4.2.2");
        CHECK(outcomes[2].remoteMta == "lmtp.example.org");
    };
    SUBCASE("over TCP") {
        ScriptedPeer peer{script};
        check(deliver(fake, peer.endpoint().toString()));
        CHECK(peer.problem() == "");
        CHECK(peer.content() == "Subject: test\r\n\r\nhello\r\n.\r\n");
    }
    SUBCASE("over a unix socket") {
        const test::TempDir folder;
        ScriptedPeer peer{script, folder.path() / "lmtp"};
        check(deliver(fake, (folder.path() / "lmtp").string()));
        CHECK(peer.problem() == "");
    }
    SUBCASE("to a host by its name") {
        ScriptedPeer peer{script};
        fake.resolver.addressRecords["lmtp.house"] = {"127.0.0.1"};
        check(deliver(fake, "lmtp.house:" + std::to_string(peer.endpoint().port)));
    }
}

TEST_CASE("a second message goes over the connection of the first") {
    const std::vector<Turn> transaction{{"MAIL FROM:<sender@example.net>", "250 ok"},
                                        {"RCPT TO:<alice@example.org>", "250 ok"},
                                        {"DATA", "354 go"},
                                        {".", "250 2.0.0 saved"}};
    std::vector<Turn> script{{"", "220 lmtp.example.org ready"},
                             {"LHLO mx.example.org\r\n", "250-lmtp.example.org\r\n250 PIPELINING"}};
    script.insert(script.end(), transaction.begin(), transaction.end());
    script.insert(script.end(), transaction.begin(), transaction.end());
    script.push_back({"QUIT", "221 bye"});
    ScriptedPeer peer{script};
    test::FakeHost fake;
    {
        const plugin::Settings settings{
            "courier.local",
            {{"address", {peer.endpoint().toString(), "postrider.properties:2"}}},
            "/etc"};
        const auto courier = couriers::LmtpFactory{}.create(settings, fake.host());
        test::RequestBuilder builder;
        builder.to("alice@example.org").deadline(steadyNow() + std::chrono::seconds{20});
        for (int message = 0; message < 2; ++message) {
            const auto outcomes = courier->deliver(builder.build());
            REQUIRE(outcomes.size() == 1);
            CHECK(outcomes[0].disposition == Disposition::Delivered);
            CHECK(outcomes[0].remoteMta == "lmtp.example.org");
        }
    }
    CHECK(peer.problem() == "");
}

TEST_CASE("a server that is not there, refuses the session or breaks off is tried again") {
    test::FakeHost fake;
    const auto allLater = [](const std::vector<plugin::DeliveryOutcome>& outcomes) {
        REQUIRE(outcomes.size() == 3);
        for (const auto& outcome : outcomes) {
            CHECK(outcome.disposition == Disposition::Transient);
            CHECK_FALSE(outcome.diagnostic.empty());
        }
    };
    SUBCASE("no socket") {
        allLater(deliver(fake, "/nonexistent/lmtp"));
    }
    SUBCASE("no host") {
        allLater(deliver(fake, "lmtp.house:24"));
    }
    SUBCASE("greeting with 554") {
        ScriptedPeer peer{std::vector<Turn>{{"", "554 not now"}}};
        allLater(deliver(fake, peer.endpoint().toString()));
    }
    SUBCASE("gone after the content") {
        ScriptedPeer peer{dialogue({{"RCPT", "250 ok"},
                                    {"RCPT", "250 ok"},
                                    {"RCPT", "250 ok"},
                                    {"DATA", "354 go"},
                                    {".", "", Turn::Then::Close}})};
        allLater(deliver(fake, peer.endpoint().toString()));
    }
}

TEST_CASE("an address that is none is an error in the configuration") {
    test::FakeHost fake;
    CHECK_THROWS_WITH_AS(static_cast<void>(deliver(fake, "nowhere")),
                         "postrider.properties:2: courier.local.address must be host:port, "
                         "[ipv6]:port or the path of "
                         "a unix socket",
                         plugin::ConfigError);
}

TEST_CASE("a server with DSN reports successes itself, for another one the server does") {
    for (const bool offered : {true, false}) {
        CAPTURE(offered);
        ScriptedPeer peer{
            {{"", "220 lmtp.example.org"},
             {"LHLO", offered ? "250-lmtp.example.org\r\n250 DSN" : "250 lmtp.example.org"},
             {"MAIL FROM:<sender@example.net>\r\n", "250 ok"},
             {offered ? "RCPT TO:<alice@example.org> NOTIFY=SUCCESS\r\n"
                      : "RCPT TO:<alice@example.org>\r\n",
              "250 ok"},
             {"DATA", "354 go"},
             {".", "250 saved"}}};
        test::FakeHost fake;
        const plugin::Settings settings{
            "courier.local",
            {{"address", {peer.endpoint().toString(), "postrider.properties:2"}}},
            "/etc"};
        const auto courier = couriers::LmtpFactory{}.create(settings, fake.host());
        test::RequestBuilder builder;
        builder.to("alice@example.org").asking({{{mail::NotifyOn::Success}}, {}});
        const auto outcomes =
            courier->deliver(builder.deadline(steadyNow() + std::chrono::seconds{20}).build());
        CHECK((outcomes.at(0).reach ==
               (offered ? plugin::Reach::RelayedWithDsn : plugin::Reach::Final)));
    }
}
