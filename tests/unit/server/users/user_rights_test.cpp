#include "server/users/user_rights.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using postrider::users::UserRights;
using postrider::users::withRight;

TEST_CASE("rights stand among Dovecot's extra fields, and nothing else is read") {
    for (const auto* rest : {"", ":", "::::::", ":1000:1000::/home/a:/bin/sh",
                             "::::::nopassword=y userdb_mail=x", ":userdb_postrider_send=no",
                             "::::userdb_postrider_send=no::", "::::::postrider_send=no"}) {
        CAPTURE(rest);
        const auto rights = UserRights::parse(rest);
        REQUIRE(rights.has_value());
        CHECK(rights->maySend());
        CHECK(rights->mayReceive());
        CHECK_FALSE(rights->maxSize.has_value());
        CHECK_FALSE(rights->maxRecipients.has_value());
    }
    const auto rights = UserRights::parse(
        ":1:1::/h:/s:userdb_mail=maildir:/m  userdb_postrider_send=no "
        "userdb_postrider_max_size=2M userdb_postrider_max_recipients=5 "
        "userdb_postrider_receive=yes");
    REQUIRE(rights.has_value());
    CHECK_FALSE(rights->maySend());
    CHECK(rights->mayReceive());
    CHECK(rights->maxSize == std::uint64_t{2} << 20);
    CHECK(rights->maxRecipients == std::size_t{5});
}

TEST_CASE("a disabled user neither sends nor receives, whatever else is said of him") {
    const auto rights =
        UserRights::parse("::::::userdb_postrider_disabled=yes userdb_postrider_send=yes");
    REQUIRE(rights.has_value());
    CHECK_FALSE(rights->maySend());
    CHECK_FALSE(rights->mayReceive());
}

TEST_CASE("a right that does not exist, or makes no sense, is an error and not a permission") {
    struct Case {
        std::string field;
        std::string reason;
    };
    const std::vector<Case> cases{
        {"userdb_postrider_snd=no",
         "'userdb_postrider_snd=no': there are disabled, send, receive, max_size, max_recipients"},
        {"userdb_postrider_send=perhaps", "'userdb_postrider_send=perhaps': expected yes or no"},
        {"userdb_postrider_max_recipients=0", "'userdb_postrider_max_recipients=0': expected"},
        {"userdb_postrider_max_size=big", "'userdb_postrider_max_size=big': expected a size"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.field);
        const auto rights = UserRights::parse("::::::" + c.field);
        REQUIRE_FALSE(rights.has_value());
        CHECK(rights.error().substr(0, c.reason.size()) == c.reason);
    }
}

TEST_CASE("a right is set and taken away without touching what else there is") {
    CHECK(withRight("", "send", "no") == "::::::userdb_postrider_send=no");
    CHECK(withRight(":1:2", "send", "no") == ":1:2::::userdb_postrider_send=no");
    CHECK(withRight("::::::userdb_postrider_send=no", "send", "yes") ==
          "::::::userdb_postrider_send=yes");
    CHECK(withRight("::::::a=b userdb_postrider_send=no c=d:e", "send", "") == "::::::a=b c=d:e");
    CHECK(withRight("::::::userdb_postrider_max_size=1", "max_recipients", "7") ==
          "::::::userdb_postrider_max_size=1 userdb_postrider_max_recipients=7");
    CHECK(withRight("", "send", "").empty());
    CHECK(withRight(":1:2", "send", "") == ":1:2");
}
