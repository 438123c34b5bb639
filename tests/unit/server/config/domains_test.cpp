#include "server/config/domains.h"

#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using postrider::test::TempDir;

TEST_CASE("each folder is a domain; files and hidden folders are none") {
    const TempDir dir;
    CHECK(config::loadDomains(dir.path())->empty());
    dir.write("domains/b.example/users", "");
    dir.write("domains/m\xC3\xBCnchen.example/aliases", "");
    dir.write("domains/A.Example/domain.properties",
              "postmaster = alice\nsuffix.separators = -\nsuffix.drop =\n");
    dir.write("domains/README", "");
    dir.write("domains/.git/config", "");
    const auto domains = config::loadDomains(dir.path());
    REQUIRE(domains.has_value());
    REQUIRE(domains->size() == 3);
    CHECK(domains->at(0).name.ascii() == "a.example");
    CHECK(domains->at(0).folder == dir / "domains/A.Example");
    CHECK(domains->at(0).usersFile == dir / "domains/A.Example/users");
    CHECK(domains->at(0).postmaster == "alice");
    CHECK(domains->at(0).suffixSeparators == "-");
    CHECK(domains->at(0).suffixDrop == "");
    CHECK(domains->at(1).name.ascii() == "b.example");
    CHECK_FALSE(domains->at(1).suffixDrop.has_value());
    CHECK(domains->at(2).name.ascii() == "xn--mnchen-3ya.example");
}

TEST_CASE("what is wrong with a domain is named by file, line and key") {
    struct Case {
        std::string file;
        std::string text;
        std::string sentence;
    };
    const std::vector<Case> cases{
        {"domains/a b/users", "", "domains/a b: is no domain name ("},
        {"domains/a.example/domain.properties", "postmastr = x",
         "domains/a.example/domain.properties:1: postmastr: unknown key; did you mean postmaster?"},
        {"domains/a.example/domain.properties", "\npostmaster = a b",
         "domains/a.example/domain.properties:2: postmaster: 'a b': expected a mailbox, or the "
         "name of a user or alias"},
        {"domains/a.example/domain.properties", "sender.restrict = all",
         "domains/a.example/domain.properties:1: sender.restrict: 'all': expected one of: none own "
         "domain"},
        {"domains/a.example/domain.properties", "from.restrict =",
         "domains/a.example/domain.properties:1: from.restrict: '': expected one of: none own "
         "domain"},
        {"domains/a.example/domain.properties", "suffix.drop = x",
         "domains/a.example/domain.properties:1: suffix.drop: 'x': expected characters such as + "
         "- . without blanks between them"},
        {"domains/a.example/domain.properties", "nonsense",
         "domains/a.example/domain.properties:1: 'nonsense' is not 'key = value'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.file);
        CAPTURE(c.text);
        const TempDir dir;
        dir.write(c.file, c.text);
        const auto domains = config::loadDomains(dir.path());
        REQUIRE_FALSE(domains.has_value());
        CHECK(domains.error().sentences.size() == 1);
        CHECK(domains.error().sentences.front().starts_with(c.sentence));
    }
}

TEST_CASE("two folders cannot be the same domain") {
    const TempDir dir;
    dir.write("domains/EXAMPLE.org/users", "");
    dir.write("domains/example.org/users", "");
    const auto domains = config::loadDomains(dir.path());
    REQUIRE_FALSE(domains.has_value());
    CHECK(domains.error().sentences.front() ==
          "domains/example.org: is the same domain as domains/EXAMPLE.org");
}

TEST_CASE("what is good is there in spite of mistakes") {
    const TempDir dir;
    dir.write("domains/a b/users", "");
    dir.write("domains/a.example/domain.properties",
              "postmaster = a b\nsender.restrict = own\nnonsense\npostmastr = x\n");
    dir.write("domains/b.example/users", "");
    const auto reading = config::readDomains(dir.path());
    REQUIRE(reading.problems.size() == 4);
    CHECK(reading.problems.at(1).starts_with("domains/a.example/domain.properties:1: "));
    CHECK(reading.problems.at(2).starts_with("domains/a.example/domain.properties:3: "));
    CHECK(reading.problems.at(3).starts_with("domains/a.example/domain.properties:4: "));
    REQUIRE(reading.domains.size() == 2);
    CHECK((reading.domains.front().senderRestrict == config::Restriction::Own));
}
