#include "common/plugin/placeholders.h"

#include "tests/support/fake_host.h"
#include "tests/support/request_builder.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using plugin::Placeholders;

TEST_CASE("placeholders are replaced once, and values are not looked at again") {
    const Placeholders values{{'u', "%d"}, {'d', "example.org"}};
    struct Case {
        std::string pattern;
        std::optional<std::string> result;
    };
    const std::vector<Case> cases{{"/mail/%d/%u", "/mail/example.org/%d"},
                                  {"100%%", "100%"},
                                  {"%%u", "%u"},
                                  {"", ""},
                                  {"%x", std::nullopt},
                                  {"%", std::nullopt},
                                  {"a%", std::nullopt}};
    for (const auto& c : cases) {
        CAPTURE(c.pattern);
        CHECK(plugin::expand(c.pattern, values) == c.result);
    }
}

TEST_CASE("a pattern with a placeholder that is not known is told before it is used") {
    CHECK(plugin::problemOf("/mail/%d/%u/100%%", "ud").empty());
    CHECK(plugin::problemOf("%f", "ud") == "has %f, which is not known here");
    CHECK(plugin::problemOf("%%%", "ud") == "ends in a single %; write %% for a percent sign");
}

TEST_CASE("the values come from the final recipient, decoded") {
    test::FakeHost fake;
    test::RequestBuilder builder;
    const auto request = builder.to("\"al ice\"@EXAMPLE.org").to("postmaster").build();
    auto values = plugin::placeholdersOf(request, request.recipients[0], fake.host());
    CHECK(values['u'] == "al ice");
    CHECK(values['d'] == "example.org");
    CHECK(values['f'] == "sender@example.net");
    values = plugin::placeholdersOf(request, request.recipients[1], fake.host());
    CHECK(values['u'] == "postmaster");
    CHECK(values['d'] == "mx.example.org");
}
