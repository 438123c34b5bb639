#include "common/mail/address_list.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace postrider::mail {

namespace {

/// The mailboxes with blanks between; "-" when it cannot be read.
std::string read(std::string_view value) {
    const auto mailboxes = parseAddressList(value);
    if (!mailboxes) return "-";
    std::string text;
    for (const auto& mailbox : *mailboxes)
        text += (text.empty() ? "" : " ") + mailbox.toString();
    return text;
}

}  // namespace

TEST_CASE("every mailbox of a From field is found, whatever is written around it (RFC 5322 3.4)") {
    struct Case {
        std::string value;
        std::string mailboxes;
    };
    const Case cases[] = {
        {" alice@a.example", "alice@a.example"},
        {" <alice@A.Example>", "alice@a.example"},
        {" Alice <alice@a.example>", "alice@a.example"},
        {" \"Alice, <bob@b.example>\" <alice@a.example>", "alice@a.example"},
        {" bob@b.example <alice@a.example>", "alice@a.example"},
        {" alice@a.example (bob@b.example)", "alice@a.example"},
        {" (x, (y) \\) z) alice@a.example", "alice@a.example"},
        {" Alice\r\n <alice@a.example>,\r\n\tbob@b.example", "alice@a.example bob@b.example"},
        {" a@a.example, , b@b.example,", "a@a.example b@b.example"},
        {" Friends: a@a.example, Bob <b@b.example>; , c@c.example",
         "a@a.example b@b.example c@c.example"},
        {" undisclosed-recipients:;", ""},
        {" <@relay.example,@two.example:alice@a.example>", "alice@a.example"},
        {" \"a b\"@a.example", "\"a b\"@a.example"},
        {" \"a,b\"@a.example", "\"a,b\"@a.example"},
        {" \"alice@a.example\"@b.example", "\"alice@a.example\"@b.example"},
        {" x@[IPv6:2001:db8::1]", "x@[IPv6:2001:db8::1]"},
        {" =?utf-8?q?alice=40a.example?= <bob@b.example>", "bob@b.example"},
        {"", ""},
        {" alice", "-"},
        {" alice@", "-"},
        {" Alice alice@a.example", "-"},
        {" <alice@a.example> bob@b.example", "-"},
        {" <alice@a.example> <bob@b.example>", "-"},
        {" <alice@a.example", "-"},
        {" alice@a.example>", "-"},
        {" <>", "-"},
        {" <a@a.example, b@b.example>", "-"},
        {" (alice@a.example", "-"},
        {" \"Alice <alice@a.example>", "-"},
        {" Alice: <a@a.example>: b@b.example;", "-"},
        {" alice@a.example\nbob", "-"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.value);
        CHECK(read(c.value) == c.mailboxes);
    }
}

TEST_CASE("a thousand mailboxes are read, one more is too many") {
    std::string list = "a@a.example";
    for (int i = 1; i < 1000; ++i)
        list += ",a@a.example";
    REQUIRE(parseAddressList(list));
    CHECK(parseAddressList(list)->size() == 1000);
    CHECK_FALSE(parseAddressList(list + ",a@a.example"));
}

}  // namespace postrider::mail
