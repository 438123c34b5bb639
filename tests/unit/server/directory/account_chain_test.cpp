#include "server/directory/account_chain.h"

#include "server/directory/account_name.h"
#include "server/directory/cached_source.h"
#include "tests/support/addresses.h"
#include "tests/support/fake_account_source.h"
#include "tests/support/fake_clock.h"

#include <doctest/doctest.h>

using namespace postrider;
using directory::AccountChain;
using test::FakeAccountSource;
using test::mailbox;

TEST_CASE("the first source that knows an account has the say") {
    FakeAccountSource first;
    FakeAccountSource second;
    first.accounts["both@a.example"] = {"both@a.example", "{CRYPT}first", true, false};
    second.accounts["both@a.example"] = {"both@a.example", "{CRYPT}second", true, true};
    second.add("later@a.example");
    AccountChain chain{{&first, &second}};

    const auto both = chain.find(mailbox("both@a.example"));
    REQUIRE((both && *both));
    CHECK((*both)->hash == "{CRYPT}first");
    CHECK_FALSE((*both)->mayReceive);
    CHECK(second.asked == 0);
    const auto later = chain.find(mailbox("later@a.example"));
    REQUIRE((later && *later));
    CHECK((*later)->name == "later@a.example");
    const auto nobody = chain.find(mailbox("nobody@a.example"));
    REQUIRE(nobody);
    CHECK_FALSE(nobody->has_value());
}

TEST_CASE("a source that is down hides what stands behind it, but not what stands before it") {
    FakeAccountSource first;
    FakeAccountSource second;
    FakeAccountSource third;
    first.add("first@a.example");
    third.add("third@a.example");
    second.down = "gone";
    AccountChain chain{{&first, &second, &third}};

    CHECK(chain.find(mailbox("first@a.example")).has_value());
    const auto hidden = chain.find(mailbox("third@a.example"));
    REQUIRE_FALSE(hidden.has_value());
    CHECK(hidden.error() == "gone");
    CHECK(chain.check(mailbox("first@a.example"), "right").has_value());
    CHECK_FALSE(chain.check(mailbox("third@a.example"), "right").has_value());
    CHECK(third.asked == 0);
}

TEST_CASE("a password is checked by the source that has the account, and by no other") {
    FakeAccountSource first;
    FakeAccountSource second;
    first.password = "one";
    second.password = "two";
    first.add("both@a.example");
    second.add("both@a.example");
    AccountChain chain{{&first, &second}};

    CHECK(*chain.check(mailbox("both@a.example"), "one"));
    CHECK_FALSE(*chain.check(mailbox("both@a.example"), "two"));
    CHECK_FALSE(*chain.check(mailbox("nobody@a.example"), "one"));
    CHECK(second.asked == 1);  // for nobody
}

TEST_CASE("SCRAM is offered when any source may have verifiers") {
    FakeAccountSource first;
    FakeAccountSource second;
    AccountChain chain{{&first, &second}};
    CHECK_FALSE(chain.holdsVerifiers());
    CHECK_FALSE(chain.standIn(mailbox("nobody@a.example"), "").has_value());
    second.verifiers = true;
    second.likeOthers = "{CRYPT}x";
    CHECK(chain.holdsVerifiers());
    CHECK(chain.standIn(mailbox("nobody@a.example"), "") == "{CRYPT}x");
}

TEST_CASE("only a plain name in a domain is the name of an account elsewhere") {
    const auto name = [](const char* text) {
        return directory::accountName(mailbox(text)).value_or("none");
    };
    CHECK(name("Alice@A.Example") == "alice@a.example");
    CHECK(name("\"al\\ice\"@a.example") == "alice@a.example");
    CHECK(name("alice@b\xc3\xbc"
               "cher.example") == "alice@xn--bcher-kva.example");
    CHECK(name("\"x@b.example\"@a.example") == "none");
    CHECK(name("\"a b\"@a.example") == "none");
    CHECK(name("alice@[192.0.2.1]") == "none");
}

TEST_CASE("a refusal is imitated by every source, whoever knows the address") {
    FakeAccountSource first;
    FakeAccountSource second;
    first.add("first@a.example");
    AccountChain chain{{&first, &second}};
    for (const auto* address : {"first@a.example", "nobody@a.example"})
        CHECK(chain.imitateRefusal(mailbox(address)).has_value());
    CHECK(first.imitated == 2);
    CHECK(second.imitated == 2);
    second.down = "gone";
    const auto failed = chain.imitateRefusal(mailbox("nobody@a.example"));
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error() == "gone");
}

TEST_CASE("a login asks past what any source remembers") {
    FakeAccountSource kept;
    test::FakeClock clock;
    directory::CachedSource cached{kept, clock};
    AccountChain inner{{&cached}};
    AccountChain chain{{&inner}};
    CHECK_FALSE(chain.find(mailbox("new@a.example"))->has_value());
    kept.add("new@a.example");
    CHECK_FALSE(chain.find(mailbox("new@a.example"))->has_value());
    CHECK(chain.findAnew(mailbox("new@a.example"))->has_value());
    CHECK_FALSE(chain.findAnew(mailbox("nobody@a.example"))->has_value());
}
