#include "plugins/couriers/smtp/smtp_courier.h"

#include "plugins/couriers/smtp/own_addresses.h"
#include "tests/support/fake_host.h"
#include "tests/support/request_builder.h"
#include "tests/support/scripted_peer.h"

#include <algorithm>
#include <chrono>
#include <doctest/doctest.h>
#include <map>
#include <string>
#include <vector>

using namespace postrider;
using plugin::Disposition;
using test::ScriptedPeer;

namespace {

std::unique_ptr<plugin::Courier> courierWith(const std::map<std::string, std::string>& options,
                                             const plugin::Host& host) {
    std::map<std::string, plugin::SettingValue> values;
    for (const auto& [key, text] : options)
        values[key] = {text, "postrider.properties:4"};
    const plugin::Settings settings{"courier.smtp", values, "/etc"};
    auto courier = couriers::SmtpFactory{}.create(settings, host);
    CHECK(settings.unread().empty());
    return courier;
}

}  // namespace

TEST_CASE("from the next hop's MX to the far side's answer") {
    ScriptedPeer peer{{{"", "220 mx.b.example"},
                       {"EHLO mx.example.org", "250 mx.b.example"},
                       {"MAIL FROM:<sender@example.net>", "250 ok"},
                       {"RCPT TO:<bob@b.example>", "250 ok"},
                       {"DATA", "354 go"},
                       {".", "250 taken"},
                       {"QUIT", "221 bye"}}};
    test::FakeHost fake;
    fake.resolver.mxRecords["b.example"] = {{10, "mx.b.example"}};
    fake.resolver.addressRecords["mx.b.example"] = {"127.0.0.1"};
    const auto courier = courierWith(
        {{"port", std::to_string(peer.endpoint().port)}, {"allow_private", "yes"}}, fake.host());
    test::RequestBuilder builder;
    builder.to("bob@b.example").nextHop("b.example");
    const auto outcomes =
        courier->deliver(builder.deadline(steadyNow() + std::chrono::seconds{20}).build());
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes[0].disposition == Disposition::Delivered);
    CHECK(peer.problem() == "");
}

TEST_CASE("what DNS says about the domain holds for every recipient") {
    test::FakeHost fake;
    const auto courier = courierWith({}, fake.host());
    test::RequestBuilder builder;
    builder.to("a@absent.example").to("b@absent.example").nextHop("absent.example");
    const auto outcomes = courier->deliver(builder.build());
    REQUIRE(outcomes.size() == 2);
    for (const auto& outcome : outcomes) {
        CHECK(outcome.disposition == Disposition::Permanent);
        CHECK(outcome.status.toString() == "5.1.2");
    }
}

TEST_CASE("options that make no sense are refused at start") {
    test::FakeHost fake;
    CHECK_THROWS_AS(static_cast<void>(courierWith({{"port", "0"}}, fake.host())),
                    plugin::ConfigError);
    CHECK_THROWS_AS(static_cast<void>(courierWith({{"allow_private", "perhaps"}}, fake.host())),
                    plugin::ConfigError);
}

TEST_CASE("our own addresses are those of the interfaces, without loopback") {
    const auto own = couriers::ownAddresses();
    CHECK(std::none_of(own.begin(), own.end(), [](const auto& ip) { return ip.isLoopback(); }));
}
