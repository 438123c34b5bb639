#include "plugins/couriers/smtp/target_finder.h"

#include "tests/support/fake_host.h"

#include <chrono>
#include <doctest/doctest.h>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace postrider;
using couriers::FinderOptions;
using plugin::Disposition;
using Names = std::vector<std::string>;

namespace {

/// DNS as a test writes it, and what the finder makes of it. We are mx.example.org.
struct Finder {
    test::FakeHost fake;
    FinderOptions options;

    void mx(const std::string& domain, std::uint16_t preference, const std::string& exchange) {
        fake.resolver.mxRecords[domain].push_back({preference, exchange});
    }
    /// MX and address at once.
    void mx(const std::string& domain, std::uint16_t preference, const std::string& exchange,
            const std::string& ip) {
        mx(domain, preference, exchange);
        fake.resolver.addressRecords[exchange].push_back(ip);
    }
    Result<std::vector<couriers::Target>, plugin::DeliveryOutcome> find(const std::string& hop) {
        const couriers::TargetFinder finder{options, fake.host()};
        return finder.find(hop, Deadline::after(std::chrono::seconds{5}));
    }
    /// "host ip:port" of each.
    Names targets(const std::string& hop) {
        const auto found = find(hop);
        INFO((found ? "" : found.error().diagnostic));
        REQUIRE(found);
        Names names;
        for (const auto& target : *found) {
            names.push_back(target.host + " " + target.endpoint.toString());
        }
        return names;
    }
    /// "Permanent 5.1.2" ...
    std::string refusal(const std::string& hop) {
        const auto found = find(hop);
        REQUIRE_FALSE(found);
        const bool permanent = found.error().disposition == Disposition::Permanent;
        return (permanent ? "Permanent " : "Transient ") + found.error().status.toString();
    }
};

}  // namespace

TEST_CASE(
    "with MX records those decide; the domain's own address is not tried (C-001, RFC 5321 5.1)") {
    Finder finder;
    finder.mx("b.example", 10, "mx.b.example", "8.8.8.1");
    finder.fake.resolver.addressRecords["b.example"] = {"8.8.8.2"};
    CHECK(finder.targets("b.example") == Names{"mx.b.example 8.8.8.1:25"});
}

TEST_CASE("without MX the domain's own address is used (C-001)") {
    Finder finder;
    finder.fake.resolver.addressRecords["b.example"] = {"8.8.8.2", "2606:4700::1"};
    CHECK(finder.targets("b.example") ==
          Names{"b.example [2606:4700::1]:25", "b.example 8.8.8.2:25"});
}

TEST_CASE("lower preference comes first, equal ones in random order (C-002)") {
    Finder finder;
    finder.mx("b.example", 20, "last.b.example", "8.8.8.3");
    finder.mx("b.example", 10, "one.b.example", "8.8.8.1");
    finder.mx("b.example", 10, "two.b.example", "8.8.8.2");
    std::map<std::string, int> first;
    for (int i = 0; i < 100; ++i) {
        const auto targets = finder.targets("b.example");
        REQUIRE(targets.size() == 3);
        CHECK(targets[2] == "last.b.example 8.8.8.3:25");
        ++first[targets[0]];
    }
    CHECK(first["one.b.example 8.8.8.1:25"] > 20);
    CHECK(first["two.b.example 8.8.8.2:25"] > 20);
}

TEST_CASE("no such domain is permanent, a DNS failure is temporary (C-003)") {
    Finder finder;
    finder.fake.resolver.serverFailure = {"servfail.example", "mx.half.example"};
    finder.fake.resolver.timesOut = {"slow.example"};
    finder.fake.resolver.txtRecords["txt.example"] = {"nothing but text"};
    finder.mx("half.example", 10, "mx.half.example");
    finder.mx("nohost.example", 10, "absent.nohost.example");
    CHECK(finder.refusal("absent.example") == "Permanent 5.1.2");
    CHECK(finder.refusal("servfail.example") == "Transient 4.4.3");
    CHECK(finder.refusal("slow.example") == "Transient 4.4.3");
    CHECK(finder.refusal("txt.example") == "Permanent 5.1.2");
    CHECK(finder.refusal("half.example") == "Transient 4.4.3");
    CHECK(finder.refusal("nohost.example") == "Permanent 5.4.4");
}

TEST_CASE("one MX that DNS does not tell about does not keep us from the other") {
    Finder finder;
    finder.fake.resolver.serverFailure = {"one.b.example"};
    finder.mx("b.example", 10, "one.b.example");
    finder.mx("b.example", 20, "two.b.example", "8.8.8.2");
    CHECK(finder.targets("b.example") == Names{"two.b.example 8.8.8.2:25"});
}

TEST_CASE("when we are in the list, we and all that are as far or farther are dropped (C-004)") {
    Finder finder;
    finder.mx("b.example", 5, "near.b.example", "8.8.8.1");
    finder.mx("b.example", 10, "equal.b.example", "8.8.8.2");
    finder.mx("b.example", 20, "far.b.example", "8.8.8.3");
    SUBCASE("by our name") {
        finder.mx("b.example", 10, "mx.example.org", "8.8.4.4");
    }
    SUBCASE("by one of our addresses") {
        finder.options.own = {*IpAddress::parse("8.8.4.4")};
        finder.mx("b.example", 10, "alias.b.example", "8.8.4.4");
    }
    CHECK(finder.targets("b.example") == Names{"near.b.example 8.8.8.1:25"});
}

TEST_CASE("with nobody but us left it is a loop, not a delivery to ourselves (C-004)") {
    Finder finder;
    finder.options.own = {*IpAddress::parse("8.8.4.4")};
    finder.mx("name.example", 10, "mx.example.org", "8.8.4.4");
    finder.mx("name.example", 20, "far.name.example", "8.8.8.3");
    finder.mx("address.example", 10, "alias.address.example", "8.8.4.4");
    finder.fake.resolver.addressRecords["own.example"] = {"8.8.4.4"};
    CHECK(finder.refusal("name.example") == "Permanent 5.4.6");
    CHECK(finder.refusal("address.example") == "Permanent 5.4.6");
    CHECK(finder.refusal("own.example") == "Permanent 5.4.6");
    CHECK(finder.refusal("[8.8.4.4]") == "Permanent 5.4.6");
}

TEST_CASE("a null MX takes no mail (C-005, RFC 7505)") {
    Finder finder;
    finder.mx("null.example", 0, ".");
    finder.fake.resolver.addressRecords["null.example"] = {"8.8.8.1"};
    CHECK(finder.refusal("null.example") == "Permanent 5.1.10");
    finder.mx("mixed.example", 0, ".");
    finder.mx("mixed.example", 10, "mx.mixed.example", "8.8.8.1");
    CHECK(finder.targets("mixed.example") == Names{"mx.mixed.example 8.8.8.1:25"});
}

TEST_CASE("nobody makes us connect to places behind our walls (C-006)") {
    const std::vector<std::string> places{
        "127.0.0.1",  "10.0.0.1", "169.254.169.254", "192.168.1.1",     "::1", "fe80::1", "fd00::1",
        "100.64.0.1", "0.0.0.0",  "224.0.0.1",       "::ffff:127.0.0.1"};
    for (const auto& place : places) {
        CAPTURE(place);
        Finder finder;
        finder.mx("b.example", 10, "mx.b.example", place);
        CHECK(finder.refusal("b.example") == "Permanent 5.4.4");
        CHECK(finder.refusal("[" + place + "]") == "Permanent 5.4.4");
        finder.options.allowPrivate = true;
        CHECK(finder.targets("b.example").size() == 1);
    }
    Finder finder;
    finder.mx("ip.example", 10, "8.8.8.8");
    CHECK(finder.refusal("ip.example") == "Permanent 5.4.4");
    finder.mx("ip.example", 20, "mx.ip.example", "8.8.8.1");
    finder.fake.resolver.addressRecords["mx.ip.example"].emplace_back("10.0.0.1");
    CHECK(finder.targets("ip.example") == Names{"mx.ip.example 8.8.8.1:25"});
}

TEST_CASE("a hundred MX with fifty addresses each are five targets and ten questions") {
    Finder finder;
    for (int host = 0; host < 100; ++host) {
        const auto name = "mx" + std::to_string(host) + ".b.example";
        finder.mx("b.example", 10, name);
        for (int i = 0; i < 50; ++i) {
            finder.fake.resolver.addressRecords[name].push_back("8.8." + std::to_string(host) +
                                                                "." + std::to_string(i));
        }
    }
    CHECK(finder.targets("b.example").size() == 5);

    Finder dead;
    for (int host = 0; host < 100; ++host)
        dead.mx("b.example", 10, "x" + std::to_string(host) + ".example");
    CHECK(dead.refusal("b.example") == "Permanent 5.4.4");
    CHECK(dead.fake.resolver.questions().size() == 11);
}

TEST_CASE("a host with many addresses leaves room for the next, and both families are tried") {
    Finder finder;
    finder.mx("b.example", 10, "one.b.example");
    finder.fake.resolver.addressRecords["one.b.example"] = {"8.8.8.1", "8.8.8.2", "8.8.8.3",
                                                            "2606:4700::1", "2606:4700::2"};
    finder.mx("b.example", 20, "two.b.example", "8.8.8.9");
    CHECK(finder.targets("b.example") == Names{"one.b.example [2606:4700::1]:25",
                                               "one.b.example 8.8.8.1:25",
                                               "two.b.example 8.8.8.9:25"});
}

TEST_CASE(
    "host and port, and addresses, need no MX; a host of the configuration never bounces mail") {
    Finder finder;
    finder.options.port = 2525;
    finder.fake.resolver.addressRecords["smart.example"] = {"8.8.8.1"};
    finder.mx("smart.example", 10, "elsewhere.example", "8.8.8.2");
    CHECK(finder.targets("smart.example:26") == Names{"smart.example 8.8.8.1:26"});
    CHECK(finder.targets("[smart.example]") == Names{"smart.example 8.8.8.1:2525"});
    CHECK(finder.targets("[8.8.8.7]:26") == Names{"8.8.8.7 8.8.8.7:26"});
    CHECK(finder.targets("8.8.8.7") == Names{"8.8.8.7 8.8.8.7:2525"});
    CHECK(finder.refusal("absent.example:25") == "Transient 4.4.4");
    CHECK(finder.refusal("not a hop") == "Transient 4.3.5");
}

TEST_CASE("several next hops are tried in the order given; one without address is passed over") {
    Finder finder;
    finder.fake.resolver.addressRecords["one.example"] = {"8.8.8.1", "8.8.8.2", "8.8.8.3"};
    finder.fake.resolver.addressRecords["two.example"] = {"8.8.8.4"};
    CHECK(finder.targets("[one.example]/[two.example]:2525") ==
          Names{"one.example 8.8.8.1:25", "one.example 8.8.8.2:25", "two.example 8.8.8.4:2525"});
    CHECK(finder.targets("[gone.example]/[two.example]") == Names{"two.example 8.8.8.4:25"});
    CHECK(finder.targets("[8.8.8.1]/[8.8.8.2]/[8.8.8.3]/[8.8.8.4]/[8.8.8.5]/[8.8.8.6]").size() ==
          5);
    CHECK(finder.refusal("[gone.example]/[127.0.0.1]") == "Transient 4.4.4");
    CHECK(finder.refusal("[two.example]/what is this") == "Transient 4.3.5");
    CHECK(finder.refusal("[two.example]/") == "Transient 4.3.5");
}
