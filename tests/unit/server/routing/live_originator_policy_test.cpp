#include "server/routing/live_originator_policy.h"

#include "server/routing/alias_router.h"
#include "tests/support/recording_log.h"
#include "tests/unit/server/routing/house.h"

#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

using namespace postrider;
using postrider::routing::OriginatorPlace;
using postrider::test::House;

namespace {

/// A policy over the files of a house.
struct Judge {
    explicit Judge(const House& house) {
        auto opened = routing::LiveAddressBook::open({house.dir().path(), {}}, log, clock);
        REQUIRE(opened.has_value());
        books = std::move(*opened);
        router = std::make_unique<routing::AliasRouter>(*books, house.couriers, "mx.a.example");
        policy = std::make_unique<routing::LiveOriginatorPolicy>(*books, *router);
    }
    /// "yes", "no" or "later".
    [[nodiscard]] std::string may(const std::string& user, const std::string& address,
                                  OriginatorPlace place = OriginatorPlace::ReversePath) const {
        const auto answer = policy->mayWriteAs(user, mail::Mailbox::parse(address).value(), place);
        if (!answer) return "later";
        return *answer ? "yes" : "no";
    }

    SystemClock clock;
    test::RecordingLog log;
    std::unique_ptr<routing::LiveAddressBook> books;
    std::unique_ptr<routing::AliasRouter> router;
    std::unique_ptr<routing::LiveOriginatorPolicy> policy;
};

}  // namespace

TEST_CASE("own: a user writes as himself in every spelling, and as aliases that lead to him") {
    House house;
    house.domain("a.example", "alice:*\nbob:*\nbob+shop:*\njane.doe:*\n",
                 "team: alice, bob\nshop: chain\nchain: alice\nalice+list: bob\n"
                 "only: bob\nout: carol@b.example\ncmd: | /bin/cat\n",
                 "sender.restrict = own\n");
    house.domain("b.example", "carol:*\n", "*: alice@a.example\n");
    const Judge judge{house};
    struct Case {
        const char* user;
        const char* address;
        const char* answer;
    };
    const std::vector<Case> cases{
        {"alice@a.example", "alice@a.example", "yes"},
        {"alice@a.example", "AL.ice+x.y@A.Example", "yes"},
        {"alice@a.example", "alice+list@a.example", "yes"},
        {"alice@a.example", "\"alice\"@a.example", "yes"},
        {"alice@a.example", "team@a.example", "yes"},
        {"alice@a.example", "team+x@a.example", "yes"},
        {"alice@a.example", "shop@a.example", "yes"},
        {"alice@a.example", "whoever@b.example", "yes"},
        {"alice@a.example", "bob@a.example", "no"},
        {"alice@a.example", "only@a.example", "no"},
        {"alice@a.example", "out@a.example", "no"},
        {"alice@a.example", "cmd@a.example", "no"},
        {"alice@a.example", "nobody@a.example", "no"},
        {"alice@a.example", "carol@b.example", "no"},
        {"alice@a.example", "alice@b.example.net", "no"},
        {"alice@a.example", "alice@[192.0.2.1]", "no"},
        {"alice@a.example", "\"alice@a.example\"@c.example", "no"},
        {"alice@a.example", "\"alice@a.example\"@a.example", "no"},
        {"bob@a.example", "bob+tag@a.example", "yes"},
        {"bob@a.example", "bob+shop@a.example", "no"},
        {"bob+shop@a.example", "bob+shop@a.example", "yes"},
        {"jane.doe@a.example", "janedoe+x@a.example", "yes"},
        {"jane.doe@a.example", "jane.doe@a.example", "yes"},
        // b.example has no rule for its own users, and an unknown domain none either
        {"carol@b.example", "alice@a.example", "yes"},
        {"dave@elsewhere.example", "alice@a.example", "yes"},
        // an account from another source than the users file
        {"erin@a.example", "er.in+x@a.example", "yes"},
        {"erin@a.example", "alice@a.example", "no"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.user);
        CAPTURE(c.address);
        CHECK(judge.may(c.user, c.address) == c.answer);
    }
}

TEST_CASE("domain: any address of the user's domain, in A-labels and U-labels, and no other") {
    House house;
    house.domain("xn--bcher-kva.example", "alice:*\n", "", "sender.restrict = domain\n");
    const Judge judge{house};
    const std::string alice = "alice@xn--bcher-kva.example";
    CHECK(judge.may(alice, "anyone@xn--bcher-kva.example") == "yes");
    CHECK(judge.may(alice,
                    "anyone@B\u00DC"
                    "cher.example") == "yes");
    CHECK(judge.may(alice, "alice@sub.xn--bcher-kva.example") == "no");
    CHECK(judge.may(alice, "alice@example") == "no");
    CHECK(judge.may(alice, "alice@[192.0.2.1]") == "no");
}

TEST_CASE("envelope and header have a rule each; none restricts nobody") {
    House house;
    house.domain("a.example", "alice:*\n", "", "from.restrict = own\n");
    house.domain("b.example", "bob:*\n", "", "sender.restrict = none\n");
    const Judge judge{house};
    CHECK(judge.may("alice@a.example", "x@b.example") == "yes");
    CHECK(judge.may("alice@a.example", "x@b.example", OriginatorPlace::Header) == "no");
    CHECK_FALSE(judge.policy->isRestricted("alice@a.example", OriginatorPlace::ReversePath));
    CHECK(judge.policy->isRestricted("alice@a.example", OriginatorPlace::Header));
    CHECK_FALSE(judge.policy->isRestricted("bob@b.example", OriginatorPlace::Header));
    CHECK_FALSE(judge.policy->isRestricted("x@unknown.example", OriginatorPlace::Header));
}

TEST_CASE("while aliases cannot be looked up only a user's own name is certain") {
    House house;
    house.domain("a.example", "alice:*\n", "", "sender.restrict = own\n");
    house.dir().write("hooks/alias-resolve", "not executable");
    const Judge judge{house};
    CHECK(judge.may("alice@a.example", "alice+x@a.example") == "yes");
    CHECK(judge.may("alice@a.example", "team@a.example") == "later");
}
