#include "common/mail/auth_results.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

TEST_CASE("a result field with our name is recognised in every form that names us (RFC 8601 2.2)") {
    struct Case {
        std::string value;
        bool ours;
    };
    const Case cases[] = {
        {" mx.example.test; spf=pass", true},
        {" MX.Example.TEST; none", true},
        {"mx.example.test;dkim=pass", true},
        {"mx.example.test", true},
        {" mx.example.test 1; spf=pass", true},
        {" mx.example.test\t(ours) 1 (v);\r\n spf=pass", true},
        {"\r\n\tmx.example.test;\r\n\tspf=pass", true},
        {" (a (nested\\) one)) mx.example.test; spf=pass", true},
        {" (mx.other.test)\r\n (x) mx.example.test (y); spf=pass", true},
        {" \"mx.example.test\"; spf=pass", true},
        {" \"mx.\\example.test\" 1; spf=pass", true},
        {" mx.example.test.; spf=pass", true},
        {" mx.example.test/1; spf=pass", true},
        {" mx.example.test=1; spf=pass", true},
        {" mx.example.test(; spf=pass", true},
        {" mx.other.test; spf=pass", false},
        {" (mx.example.test) mx.other.test; spf=pass", false},
        {" (mx.example.test; spf=pass", false},
        {" sub.mx.example.test; spf=pass", false},
        {" example.test; spf=pass", false},
        {" mx.example.testing; spf=pass", false},
        {" other; x=mx.example.test", false},
        {" ; spf=pass", false},
        {"", false},
        {" \"\"; x", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.value);
        CHECK(claimsToBeFrom(c.value, "mx.example.test") == c.ours);
        CHECK(claimsToBeFrom(c.value, "MX.example.test") == c.ours);
    }
}

TEST_CASE("U-labels and A-labels of our name are one name") {
    CHECK(claimsToBeFrom(" mx.b\u00FCcher.example; spf=pass", "mx.xn--bcher-kva.example"));
    CHECK(claimsToBeFrom(" mx.XN--BCHER-KVA.example; spf=pass", "mx.b\u00FCcher.example"));
    CHECK_FALSE(claimsToBeFrom(" mx.bucher.example; spf=pass", "mx.xn--bcher-kva.example"));
}

}  // namespace postrider::mail
