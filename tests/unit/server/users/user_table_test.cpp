#include "server/users/user_table.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using postrider::users::checkUserName;
using postrider::users::UserTable;

TEST_CASE(
    "a users file in Dovecot's form is read; its further fields and comments do not disturb") {
    const auto table = UserTable::parse(
        "# users\n"
        "\n"
        "Alice:{CRYPT}$y$j9T$salt$hash\n"
        "bob:*:1000:1000::/home/bob::userdb_mail=maildir:~/Mail\r\n"
        "j\xC3\xBCrgen:$6$x$y\n",
        "users");
    REQUIRE(table.has_value());
    REQUIRE(table->all().size() == 3);
    CHECK(table->all().front().name == "alice");
    REQUIRE(table->find("alice") != nullptr);
    CHECK(table->find("alice")->hash == "{CRYPT}$y$j9T$salt$hash");
    CHECK(table->find("bob")->hash == "*");
    CHECK(table->find("j\xC3\xBCrgen") != nullptr);
    CHECK(table->find("Alice") == nullptr);
    CHECK(table->find("carol") == nullptr);
}

TEST_CASE("a line that is no user is named by file, line and reason") {
    struct Case {
        std::string text;
        std::string sentence;
    };
    const std::vector<Case> cases{
        {"alice", "f:1: 'alice' is not name:hash"},
        {"\n\nalice:", "f:3: alice has no password; * stands for one who may not log in"},
        {"alice::1000", "f:1: alice has no password; * stands for one who may not log in"},
        {"alice@example.org:x", "f:1: 'alice@example.org': a name stands without its domain"},
        {"a b:x", "f:1: 'a b' cannot be the name of a mailbox (RFC 8265 section 3.3)"},
        {":x", "f:1: '' cannot be the name of a mailbox (RFC 8265 section 3.3)"},
        {"..:x", "f:1: '..' cannot be the name of a mailbox (RFC 8265 section 3.3)"},
        {"a/../b:x", "f:1: 'a/../b' cannot be the name of a mailbox (RFC 8265 section 3.3)"},
        {"a/b:x", "f:1: 'a/b': a user's name holds no ':', '/' or '#'"},
        {"\xE2\x85\xA3:x",
         "f:1: '\xE2\x85\xA3' cannot be the name of a mailbox (RFC 8265 section 3.3)"},
        {"alice:a b", "f:1: the password hash of alice holds a blank or control character"},
        {"alice:x\nbob:y\nALICE:z", "f:3: alice stands in line 1 already"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto table = UserTable::parse(c.text, "f");
        REQUIRE_FALSE(table.has_value());
        CHECK(table.error().sentences == std::vector<std::string>{c.sentence});
    }
}

TEST_CASE("names are kept in one canonical form (RFC 8265 3.3, A-008)") {
    CHECK(checkUserName("ALICE").value() == "alice");
    CHECK(checkUserName("\xEF\xBC\xA1lice").value() == "alice");  // full-width A
    CHECK(checkUserName("al.ice+x").value() == "al.ice+x");
    CHECK_FALSE(checkUserName(std::string(65, 'a')).has_value());
    CHECK_FALSE(checkUserName("\"alice\"").has_value());
    CHECK_FALSE(checkUserName("a\xEF\xBC\x8F"
                              "b")
                    .has_value());  // full-width solidus
    CHECK_FALSE(checkUserName("a:b").has_value());
}
