#include "server/auth/server_secret.h"

#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <filesystem>

using namespace postrider;

TEST_CASE("the secret is made once and stays the same") {
    const test::TempDir dir;
    SystemRandom random;
    const auto file = dir.path() / "auth-secret";
    const auto made = auth::serverSecret(file, random);
    REQUIRE(made.has_value());
    CHECK(made->size() == 52);
    CHECK(auth::serverSecret(file, random).value() == *made);
    CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::others_read) ==
          std::filesystem::perms::none);
    std::filesystem::remove(file);
    CHECK(auth::serverSecret(file, random).value() != *made);
}

TEST_CASE("a secret that cannot be kept is an error with the file's name") {
    const test::TempDir dir;
    SystemRandom random;
    const auto made = auth::serverSecret(dir.path() / "missing" / "auth-secret", random);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().find("auth-secret: ") != std::string::npos);
}
