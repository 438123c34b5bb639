#include "server/smtp/ehlo_remark.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace {

namespace mail = postrider::mail;
namespace smtp = postrider::smtp;
using postrider::IpAddress;

std::string remark(std::string_view name, std::string_view client = "192.0.2.1") {
    mail::SessionFacts facts{{}, {*IpAddress::parse(client), 4321}, {}, {}, {}, {}, {}};
    facts.ehlo = mail::EhloName::from(name);
    const auto said = smtp::remarkOnEhlo(facts, {"mx.example", IpAddress::parse("192.0.2.25")});
    return said ? std::string{*said} : "";
}

}  // namespace

TEST_CASE("a name that cannot be the client's own is remarked on (RFC 5321 4.1.4)") {
    struct Case {
        std::string name;
        std::string remark;
    };
    const std::vector<Case> cases{
        {"MX.example", "the client calls itself by our name"},
        {"[192.0.2.25]", "the client calls itself by our address"},
        {"localhost", "the client calls itself localhost and is not"},
        {"LocalHost.localdomain", "the client calls itself localhost and is not"},
        {"[127.0.0.1]", "the client calls itself localhost and is not"},
        {"[IPv6:::1]", "the client calls itself localhost and is not"},
        {"192.0.2.1", "the client's name is an address without brackets"},
        {"2001:db8::1", "the client's name is an address without brackets"},
        {"a_b", "the client's name is no domain name"},
        {"[nonsense]", "the client's name is no domain name"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(remark(c.name) == c.remark);
    }
}

TEST_CASE("a name as it should be needs no remark, nor does our own host") {
    CHECK(remark("client.example") == "");
    CHECK(remark("my-laptop") == "");
    CHECK(remark("[192.0.2.1]") == "");
    CHECK(remark("[192.0.2.7]") == "");
    CHECK(remark("mx.example", "127.0.0.1") == "");
    CHECK(remark("localhost", "::1") == "");
    const mail::SessionFacts silent{{}, {IpAddress::v4({192, 0, 2, 1}), 1}, {}, {}, {}, {}, {}};
    CHECK_FALSE(smtp::remarkOnEhlo(silent, {"mx.example", {}}).has_value());
}
