#include "common/mail/mailbox.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

using namespace std::string_literals;

TEST_CASE("a mailbox is written with A-labels, and with U-labels for people") {
    struct Case {
        std::string text;
        std::string wire;
        std::string unicode;
        bool needsUtf8;
    };
    const Case cases[] = {
        {"alice@example.org", "alice@example.org", "alice@example.org", false},
        {"Alice@EXAMPLE.org", "Alice@example.org", "Alice@example.org", false},
        {"\"alice\"@example.org", "alice@example.org", "alice@example.org", false},
        {"\"a@b\"@example.org", "\"a@b\"@example.org", "\"a@b\"@example.org", false},
        {"\"a\\\"@b\"@example.org", "\"a\\\"@b\"@example.org", "\"a\\\"@b\"@example.org", false},
        {"a@b\u00FCcher.example", "a@xn--bcher-kva.example", "a@b\u00FCcher.example", false},
        {"j\u00FC@xn--bcher-kva.example", "j\u00FC@xn--bcher-kva.example",
         "j\u00FC@b\u00FCcher.example", true},
        {"a@[192.0.2.1]", "a@[192.0.2.1]", "a@[192.0.2.1]", false},
        {"a@[ipv6:2001:DB8::1]", "a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]", false},
        {"a+tag@localhost", "a+tag@localhost", "a+tag@localhost", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto mailbox = Mailbox::parse(c.text);
        REQUIRE(mailbox);
        CHECK(mailbox->toString() == c.wire);
        CHECK(mailbox->unicode() == c.unicode);
        CHECK(mailbox->needsUtf8() == c.needsUtf8);
        CHECK(*Mailbox::parse(mailbox->toString()) == *mailbox);
        CHECK(*Mailbox::parse(mailbox->unicode()) == *mailbox);
    }
}

TEST_CASE("a mailbox knows whether its host is a domain") {
    CHECK(Mailbox::parse("a@example.org")->domain()->ascii() == "example.org");
    CHECK(Mailbox::parse("a@[192.0.2.1]")->domain() == nullptr);
}

TEST_CASE("a malformed address says what is wrong with it (S-023, S-025, S-026)") {
    struct Case {
        std::string text;
        MailboxError why;
    };
    const Case cases[] = {
        {"", MailboxError::NoAtSign},
        {"alice", MailboxError::NoAtSign},
        {"\"a@b.example", MailboxError::NoAtSign},
        {"\"a\"b@c.example", MailboxError::NoAtSign},
        {"\"a\\\"@c.example", MailboxError::NoAtSign},
        {"@example.org", MailboxError::BadLocalpart},
        {".a@example.org", MailboxError::BadLocalpart},
        {"a b@example.org", MailboxError::BadLocalpart},
        {" a@example.org", MailboxError::BadLocalpart},
        {"a\0b@example.org"s, MailboxError::BadLocalpart},
        {"a\r\nb@example.org", MailboxError::BadLocalpart},
        {";id@example.org", MailboxError::BadLocalpart},
        {"() { :;};@example.org", MailboxError::BadLocalpart},
        {std::string(65, 'a') + "@example.org", MailboxError::BadLocalpart},
        {"a@", MailboxError::BadDomain},
        {"a@b@c", MailboxError::BadDomain},
        {"a@example.org ", MailboxError::BadDomain},
        {"a@example.org\n", MailboxError::BadDomain},
        {"a@x_y", MailboxError::BadDomain},
        {"a@[1.2.3]", MailboxError::BadDomain},
        {"a@[1.2.3.4", MailboxError::BadDomain},
        {"a@[::1]", MailboxError::BadDomain},
        {"a@example.org.", MailboxError::BadDomain},
        {"a@" + std::string(8'000'000, 'x'), MailboxError::TooLong},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text.substr(0, 80));
        const auto mailbox = Mailbox::parse(c.text);
        REQUIRE_FALSE(mailbox.has_value());
        CHECK(mailbox.error() == c.why);
        CHECK_FALSE(describe(mailbox.error()).empty());
    }
}

TEST_CASE("an address of 254 octets works, one of 255 is refused (S-046)") {
    const std::string label(63, 'b');
    const std::string tail = "." + label + "." + label;
    const std::string local(64, 'a');
    const std::string first(254 - 64 - 1 - tail.size(), 'c');
    CHECK(Mailbox::parse(local + '@' + first + tail)->toString().size() == 254);
    CHECK(Mailbox::parse(local + '@' + first + "c" + tail).error() == MailboxError::TooLong);
}

}  // namespace postrider::mail
