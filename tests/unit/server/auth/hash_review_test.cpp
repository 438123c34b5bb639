#include "server/auth/hash_review.h"

#include "tests/unit/server/routing/house.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using postrider::test::House;

TEST_CASE("a password scheme that we cannot check is remarked with file and line") {
    House house;
    house.domain("a.example",
                 "# people\n"
                 "alice:{CRYPT}$y$j9T$abc$def\n"
                 "bob:{FOO}x\n"
                 "carol:*\n"
                 "dave:secret\n",
                 "");
    const auto remarks = auth::reviewHashes(*house.book());
    REQUIRE(remarks.size() == 2);
    CHECK(remarks[0] ==
          "domains/a.example/users:3: bob cannot log in: the password scheme {FOO} is not "
          "supported");
    CHECK(remarks[1].starts_with("domains/a.example/users:5: dave cannot log in: "));
    CHECK(remarks[1].find("secret") == std::string::npos);
}
