#include "server/config/domains.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>

using namespace postrider;
using postrider::test::TempDir;

TEST_CASE("the certificate of the hostname comes first, links to folders count, files do not") {
    const TempDir dir;
    CHECK(config::findCertificates(dir.path(), "mx.example").files.empty());
    dir.write("certs/README", "certbot's");
    for (const auto* name : {"certs/a.example", "certs/mx.example", "live/z.example"}) {
        dir.write(std::string{name} + "/fullchain.pem", "x");
        dir.write(std::string{name} + "/privkey.pem", "x");
    }
    std::filesystem::create_directory_symlink(dir / "live/z.example", dir / "certs/z.example");
    const auto found = config::findCertificates(dir.path(), "mx.example");
    CHECK(found.problems.empty());
    REQUIRE(found.files.size() == 3);
    CHECK(found.files.at(0).chain == dir / "certs/mx.example/fullchain.pem");
    CHECK(found.files.at(1).chain == dir / "certs/a.example/fullchain.pem");
    CHECK(found.files.at(2).key == dir / "certs/z.example/privkey.pem");
}

TEST_CASE(
    "a link to a folder of certificates that leads nowhere is a problem, beside good ones, too") {
    const TempDir dir;
    dir.write("certs/a.example/fullchain.pem", "x");
    dir.write("certs/a.example/privkey.pem", "x");
    std::filesystem::create_directory_symlink(dir / "live/z.example", dir / "certs/z.example");
    const auto found = config::findCertificates(dir.path(), "a.example");
    CHECK(found.files.size() == 1);
    REQUIRE(found.problems.size() == 2);
    CHECK(found.problems.at(0) == "certs/z.example/fullchain.pem: No such file or directory");
}

TEST_CASE("the hostname's folder may be named in any spelling of it (I-009)") {
    for (const auto* name :
         {"MX.B\u00DCCHER.example", "mx.b\u00FCcher.example", "mx.xn--bcher-kva.example"}) {
        CAPTURE(name);
        const TempDir dir;
        for (const std::string& folder : {std::string{"a.example"}, std::string{name}}) {
            dir.write("certs/" + folder + "/fullchain.pem", "x");
            dir.write("certs/" + folder + "/privkey.pem", "x");
        }
        const auto found = config::findCertificates(dir.path(), "mx.xn--bcher-kva.example");
        REQUIRE(found.files.size() == 2);
        CHECK(found.files.at(0).chain == dir / "certs" / name / "fullchain.pem");
    }
}

TEST_CASE("a certificate folder with a missing or empty file is a problem that names the file") {
    const TempDir dir;
    dir.write("certs/a.example/fullchain.pem", "");
    dir.write("certs/b.example/fullchain.pem", "x");
    dir.write("certs/b.example/privkey.pem", "x");
    const auto found = config::findCertificates(dir.path(), "a.example");
    CHECK(found.files.size() == 1);
    REQUIRE(found.problems.size() == 2);
    CHECK(found.problems.at(0) == "certs/a.example/fullchain.pem: is empty");
    CHECK(found.problems.at(1) == "certs/a.example/privkey.pem: No such file or directory");
}
