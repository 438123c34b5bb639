#include "common/plugin/outcomes.h"

#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <vector>

using namespace postrider;
using plugin::Disposition;

TEST_CASE("the first digit of a reply decides, whatever follows it (C-009, RFC 5321 4.2.1)") {
    struct Case {
        int code;
        std::optional<mail::EnhancedStatus> status;
        Disposition disposition;
        std::string said;
    };
    const std::vector<Case> cases{
        {250, mail::EnhancedStatus{2, 1, 5}, Disposition::Delivered, "2.1.5"},
        {250, std::nullopt, Disposition::Delivered, "2.0.0"},
        {299, std::nullopt, Disposition::Delivered, "2.0.0"},
        {250, mail::EnhancedStatus{5, 1, 1}, Disposition::Delivered, "2.0.0"},
        {354, std::nullopt, Disposition::Transient, "4.0.0"},
        {421, mail::EnhancedStatus{4, 3, 2}, Disposition::Transient, "4.3.2"},
        {450, mail::EnhancedStatus{5, 1, 1}, Disposition::Transient, "4.0.0"},
        {550, mail::EnhancedStatus{5, 1, 1}, Disposition::Permanent, "5.1.1"},
        {599, std::nullopt, Disposition::Permanent, "5.0.0"},
        {555, mail::EnhancedStatus{4, 1, 1}, Disposition::Permanent, "5.0.0"},
        {199, std::nullopt, Disposition::Transient, "4.0.0"},
        {600, std::nullopt, Disposition::Transient, "4.0.0"},
        {0, std::nullopt, Disposition::Transient, "4.0.0"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.code);
        const auto outcome = plugin::outcomeOf({c.code, c.status, "said so"}, "mx.example.org");
        CHECK(outcome.disposition == c.disposition);
        CHECK(outcome.status.toString() == c.said);
        CHECK(outcome.remoteMta == "mx.example.org");
        CHECK(outcome.diagnostic.find("said so") != std::string::npos);
    }
}

TEST_CASE("a diagnostic is one printable line of bounded length") {
    const auto outcome = plugin::transient({4, 3, 0}, "a\r\nb" + std::string(2000, 'x'));
    CHECK(outcome.diagnostic.find('\n') == std::string::npos);
    CHECK(outcome.diagnostic.size() <= 510);
}
