#include "server/routing/address_book_review.h"

#include "tests/support/fake_account_source.h"
#include "tests/unit/server/routing/house.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <vector>

using namespace postrider;
using postrider::test::House;

TEST_CASE("aliases to nobody and missing postmasters are remarked, good ones are not") {
    House house;
    house.domain("a.example", "alice:*\n",
                 "info: alice\n"
                 "sales: alice, gone\n"
                 "old: gone\n"
                 "x: y\n"
                 "y: x\n");
    house.domain("b.example", "", "");
    house.domain("c.example", "", "", "postmaster = alice@a.example\n");
    const std::string first =
        "domains/a.example: mail for postmaster@a.example goes to the first user, alice@a.example; "
        "postmaster = ... in domain.properties names somebody else";
    const std::string nobody =
        "domains/b.example: nobody gets mail for postmaster@b.example; add a user, an alias, or "
        "postmaster = ... to domain.properties";
    CHECK(routing::review(*house.book(), house.couriers) ==
          std::vector<std::string>{
              "domains/a.example/aliases:3: old: nobody is behind the alias old@a.example",
              "domains/a.example/aliases:2: sales: there is no user or alias gone@a.example",
              "domains/a.example/aliases:4: x: the alias x@a.example comes back to itself",
              "domains/a.example/aliases:5: y: the alias y@a.example comes back to itself", first,
              nobody});
}

TEST_CASE("with an alias-resolve program nothing is said of names, but that it cannot run") {
    House house;
    house.domain("a.example", "", "old: gone\n");
    const auto hook = house.dir().write("hooks/alias-resolve", "#!/bin/sh\nexit 1\n");
    CHECK(
        routing::review(*house.book(), house.couriers) ==
        std::vector<std::string>{"hooks/alias-resolve: is not executable; until it can be run all "
                                 "mail to our domains is answered 451"});
    std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
    CHECK(routing::review(*house.book(), house.couriers).empty());
}

TEST_CASE("a postmaster whom only the first user stands in for is remarked, whatever is broken") {
    House house;
    house.domain("a.example", "alice:*\n", "postmaster: gone\nabuse: abuse\n");
    const auto remarks = routing::review(*house.book(), house.couriers);
    CHECK(remarks ==
          std::vector<std::string>{
              "domains/a.example/aliases:2: abuse: the alias abuse@a.example comes back to itself",
              "domains/a.example/aliases:2: abuse: there is no user or alias gone@a.example",
              "domains/a.example/aliases:1: postmaster: there is no user or alias gone@a.example",
              "domains/a.example: mail for postmaster@a.example goes to the first user, "
              "alice@a.example; postmaster = ... in domain.properties names somebody else"});
}

TEST_CASE("where only an account elsewhere could be the postmaster, that is remarked") {
    test::FakeAccountSource elsewhere;
    for (const auto* account : {"postmaster@a.example", "bob@b.example", "bob@c.example"})
        elsewhere.add(account);
    House house;
    house.domain("a.example", "", "");
    house.domain("b.example", "", "", "postmaster = bob\n");
    house.domain("c.example", "", "postmaster: bob\n");
    const auto remarks = routing::review(*house.book(), house.couriers, {.accounts = &elsewhere});
    CHECK(remarks == std::vector<std::string>{
                         "domains/a.example: nobody gets mail for postmaster@a.example, unless "
                         "Dovecot or the database has an account of that name; add a user, an "
                         "alias, or postmaster = ... to domain.properties"});
}

TEST_CASE("an alias that stands twice is remarked") {
    House house;
    house.domain("a.example", "alice:*\npostmaster:*\n", "info: gone\ninfo: alice\n");
    CHECK(routing::review(*house.book(), house.couriers) ==
          std::vector<std::string>{"domains/a.example/aliases:2: info: stands in line 1 already, "
                                   "which does not count any more"});
}
