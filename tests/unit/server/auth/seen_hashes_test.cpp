#include "server/auth/seen_hashes.h"

#include "tests/unit/server/auth/house_of_users.h"

#include <doctest/doctest.h>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace postrider;
using auth::SeenHashes;

namespace {

const auto domain = mail::Domain::parse("a.example").value();

mail::Mailbox someone(int number) {
    return mail::Mailbox::parse("x" + std::to_string(number) + "@a.example").value();
}

/// Everything that names of nobody are given.
std::set<std::string> picks(const SeenHashes& seen, std::string_view scheme = "",
                            const std::optional<std::string>& also = std::nullopt) {
    std::set<std::string> all;
    for (int i = 0; i < 200; ++i) {
        const auto hash = seen.pick(someone(i), scheme, also);
        if (hash) all.insert(*hash);
        CHECK(seen.pick(someone(i), scheme, also) == hash);
    }
    return all;
}

}  // namespace

TEST_CASE("hashes that take the same time are one kind") {
    const std::vector<std::vector<std::string>> kinds{
        {"{CRYPT}$y$j9T$salt1$hash", "{CRYPT}$y$j9T$salt2$hash"},
        {"{CRYPT}$y$jBT$salt1$hash"},
        {"{BLF-CRYPT}$2b$10$saltandhash", "{BLF-CRYPT}$2b$10$otherandhash"},
        {"{BLF-CRYPT}$2b$12$saltandhash"},
        {"$6$salt1$hash", "$6$salt2$hash"},
        {"$6$rounds=100000$salt1$hash", "$6$rounds=100000$salt2$hash"},
        {"{CRYPT}$7$CU..../....salt1$hash", "{CRYPT}$7$CU..../....other$hash"},
        {"{CRYPT}$7$DU..../....salt1$hash"},
        {"{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$salt1$hash",
         "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$salt2$hash"},
        {"{ARGON2ID}$argon2id$v=19$m=65536,t=9,p=1$salt1$hash"},
        {"{SCRAM-SHA-256}4096,salt1,key,key", "{SCRAM-SHA-256}4096,salt2,key,key"},
        {"{SCRAM-SHA-256}40000,salt1,key,key"},
        {"{ODD}hash", "{ODD}hash2"},
    };
    SeenHashes seen;
    std::set<std::string> last;
    for (const auto& kind : kinds) {
        for (const auto& hash : kind)
            seen.note(domain, hash);
        last.insert(kind.back());
    }
    CHECK(picks(seen) == last);
}

TEST_CASE("a name of nobody is given a hash of its domain and of the scheme that is asked for") {
    SeenHashes seen;
    CHECK(picks(seen).empty());
    seen.note(domain, test::pencil);
    seen.note(domain, test::sha512);
    seen.note(mail::Domain::parse("b.example").value(), "$y$j9T$other$domain");
    CHECK(picks(seen) == std::set<std::string>{test::pencil, test::sha512});
    CHECK(picks(seen, "{SCRAM-SHA-256}") == std::set{test::pencil});
    CHECK(picks(seen, "{SCRAM-SHA-1}").empty());
    CHECK_FALSE(
        seen.pick(mail::Mailbox::parse("x@c.example").value(), "", std::nullopt).has_value());
    // a hash from elsewhere counts when it is of another kind
    const std::string also = "{CRYPT}$y$j9T$salt$hash";
    CHECK(picks(seen, "", also) == std::set<std::string>{test::pencil, test::sha512, also});
    CHECK(picks(seen, "", "{SHA512-CRYPT}$6$othersalt$hash") ==
          std::set<std::string>{test::pencil, test::sha512});
    CHECK(picks(SeenHashes{}, "", also) == std::set{also});
}

TEST_CASE("the kinds of one domain are bounded") {
    SeenHashes seen;
    for (int i = 0; i < 100; ++i)
        seen.note(domain, "{SCRAM-SHA-256}" + std::to_string(4096 + i) + ",s,k,k");
    CHECK(picks(seen).size() == SeenHashes::most);
}
