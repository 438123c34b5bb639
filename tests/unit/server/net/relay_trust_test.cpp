#include "server/net/relay_trust.h"

#include "server/net/trust_watch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/open_gatekeeper.h"
#include "tests/support/recording_journal.h"
#include "tests/support/recording_log.h"

#include <doctest.h>

using namespace postrider;
using namespace std::chrono_literals;

namespace {

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

std::vector<IpNetwork> networks(const std::vector<std::string>& texts) {
    std::vector<IpNetwork> all;
    for (const auto& text : texts)
        all.push_back(IpNetwork::parse(text).value());
    return all;
}

struct House {
    test::FakeClock clock;
    test::RecordingLog log;
    test::RecordingJournal journal;
    Metrics metrics;
    net::RelayTrust trust{{networks({"10.0.0.0/8", "192.0.2.0/24"}), {}},
                          {clock, log, metrics, journal, [](const mail::Domain& domain) {
                               return domain.ascii() == "ours.example";
                           }}};

    void hearNames(const IpAddress& client, int count) {
        for (int i = 0; i < count; ++i)
            trust.heardName(client, "host-" + std::to_string(i));
    }
    void hearSenders(const IpAddress& client, int count) {
        for (int i = 0; i < count; ++i) {
            trust.heardSender(client, *mail::Domain::parse("d" + std::to_string(i) + ".example"));
        }
    }
};

}  // namespace

TEST_CASE("nobody is trusted who is not listed") {
    House house;
    CHECK(house.trust.trusts(ip("10.1.2.3")));
    CHECK(house.trust.trusts(ip("192.0.2.9")));
    CHECK(!house.trust.trusts(ip("127.0.0.1")));
    CHECK(!house.trust.trusts(ip("::1")));
    house.trust.use({});
    CHECK(!house.trust.trusts(ip("10.1.2.3")));
}

TEST_CASE("an address as which NAT shows strangers counts only when it is listed by itself") {
    House house;
    house.trust.use({networks({"172.16.0.0/12"}), {ip("172.17.0.1")}});
    CHECK(house.trust.trusts(ip("172.17.0.2")));
    CHECK(!house.trust.trusts(ip("172.17.0.1")));
    house.trust.use({networks({"172.16.0.0/12", "172.17.0.1/32"}), {ip("172.17.0.1")}});
    CHECK(house.trust.trusts(ip("172.17.0.1")));
}

TEST_CASE("many EHLO names behind one private address take its trust, loudly, and no other's") {
    House house;
    const auto client = ip("10.0.0.5");
    house.hearNames(client, 5);
    house.hearNames(client, 5);
    house.trust.heardName(client, "HOST-0");
    CHECK(house.trust.trusts(client));
    CHECK(house.trust.problem().empty());
    house.trust.heardName(client, "one-more");
    CHECK(!house.trust.trusts(client));
    CHECK(house.trust.trusts(ip("10.0.0.6")));
    const std::string reason =
        "6 different EHLO names within an hour look like NAT with strangers behind it: host-0 "
        "host-1 host-2 host-3 host-4 one-more";
    CHECK(house.trust.problem() == "10.0.0.5 may not relay any more: " + reason);
    CHECK(house.log.count("relay-trust-withdrawn client=10.0.0.5") == 1);
    CHECK(house.log.lines().at(0).severity == Severity::Error);
    REQUIRE(house.journal.count(journal::Step::Connect, "distrusted") == 1);
    CHECK(house.journal.decisions().at(0).reason == reason);
    CHECK(house.metrics.openMetrics().find("postrider_relay_trust_withdrawn_total 1") !=
          std::string::npos);
    house.hearNames(client, 50);
    CHECK(house.log.lines().size() == 1);
}

TEST_CASE("many sender domains take the trust too, but not our own, and later than names") {
    House house;
    const auto client = ip("10.0.0.5");
    for (int i = 0; i < 100; ++i)
        house.trust.heardSender(client, *mail::Domain::parse("ours.example"));
    house.hearSenders(client, 20);
    CHECK(house.trust.trusts(client));
    house.hearSenders(client, 21);
    CHECK(!house.trust.trusts(client));
    CHECK(house.trust.problem().find("21 different sender domains") != std::string::npos);
}

TEST_CASE("names are forgotten after an hour: a machine may be renamed often enough") {
    House house;
    for (int i = 0; i < 100; ++i) {
        house.trust.heardName(ip("10.0.0.5"), "host-" + std::to_string(i));
        house.clock.advance(13min);
    }
    CHECK(house.trust.trusts(ip("10.0.0.5")));
}

TEST_CASE("a public address that is listed is known to be many, and what is not listed no matter") {
    House house;
    house.hearNames(ip("203.0.114.9"), 100);
    house.hearNames(ip("172.17.0.9"), 100);
    CHECK(house.trust.problem().empty());
    house.trust.use({networks({"203.0.114.9"}), {}});
    house.hearNames(ip("203.0.114.9"), 100);
    CHECK(house.trust.trusts(ip("203.0.114.9")));
}

TEST_CASE("a reload gives the trust back") {
    House house;
    house.hearNames(ip("10.0.0.5"), 6);
    REQUIRE(!house.trust.trusts(ip("10.0.0.5")));
    house.trust.use({networks({"10.0.0.0/8"}), {}});
    CHECK(house.trust.trusts(ip("10.0.0.5")));
    CHECK(house.trust.problem().empty());
}

TEST_CASE("what is remembered of trusted addresses is bounded") {
    House house;
    const auto client = ip("10.0.0.5");
    house.hearNames(client, 5);
    for (std::uint8_t i = 0; i < 255; ++i) {
        for (std::uint8_t j = 0; j < 17; ++j)
            house.trust.heardName(IpAddress::v4({10, 1, i, j}), "host");
    }
    house.trust.heardName(client, "one-more");
    CHECK(house.trust.trusts(client));
}

TEST_CASE("open sessions of an address that lost the trust are sent away; others go on") {
    House house;
    net::TrustWatch watch(house.trust, std::make_unique<test::OpenGatekeeper>());
    mail::SessionFacts facts{.id = "s",
                             .client = {ip("10.0.0.5"), 1},
                             .tls = {},
                             .ehlo = {},
                             .user = {},
                             .trusted = true};
    facts.ehlo = mail::EhloName::from("host-0");
    const auto ehlo = [&] { return watch.onEhlo(facts); };
    const auto mailFrom = [&](std::string_view address) {
        return watch.onMail(facts, mail::ReversePath(*mail::Mailbox::parse(address)), {});
    };
    CHECK(std::holds_alternative<mail::Proceed>(ehlo()));
    CHECK(std::holds_alternative<mail::Proceed>(mailFrom("a@ours.example")));
    house.hearNames(facts.client.ip, 6);
    const auto verdict = mailFrom("a@ours.example");
    const auto* end = std::get_if<mail::Disconnect>(&verdict);
    REQUIRE(end != nullptr);
    CHECK(end->reply.code == 421);
    CHECK(std::holds_alternative<mail::Disconnect>(ehlo()));
    facts.trusted = false;  // as the next connection finds it
    CHECK(std::holds_alternative<mail::Proceed>(ehlo()));
    CHECK(std::holds_alternative<mail::Proceed>(mailFrom("a@ours.example")));
}
