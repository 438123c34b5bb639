#include "server/smtp/relaying.h"

#include <doctest/doctest.h>

namespace {

namespace mail = postrider::mail;
using postrider::smtp::mayRelay;

mail::SessionFacts client(mail::ListenerKind listener) {
    return {.id = {},
            .client = {postrider::IpAddress::v4({127, 0, 0, 1}), 4321},
            .listener = listener,
            .tls = {},
            .ehlo = {},
            .user = {}};
}

}  // namespace

TEST_CASE("nobody relays but our users and, on the smtp listener, who is trusted") {
    using Kind = mail::ListenerKind;
    for (const auto kind : {Kind::Smtp, Kind::Submission, Kind::Submissions}) {
        auto facts = client(kind);
        facts.tls = mail::TlsFacts{"TLSv1.3", "TLS_AES_256_GCM_SHA384"};
        CHECK_FALSE(mayRelay(facts));
        facts.trusted = true;
        CHECK(mayRelay(facts) == (kind == Kind::Smtp));
        facts.trusted = false;
        facts.user = "alice@example.test";
        CHECK(mayRelay(facts));
    }
}
